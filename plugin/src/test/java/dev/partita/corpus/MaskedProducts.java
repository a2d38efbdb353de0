package dev.partita.corpus;

import com.google.protobuf.ByteString;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The oracle for any product: the original model with nodes in front of each cut product that zero
 * the dropped weights while it runs, whatever the weight is stored as.
 *
 * <pre>
 *   floats     W -> Mul(Cast(Equal(owner of input, owner of output))) -> product
 *   integers   W -> Cast -> Where(Equal(...), ., zero point) -> Cast -> product
 * </pre>
 *
 * A weight of a few bits a number, whose zero point may lie where no bits reach it, is zeroed by
 * its scale: {@code (q - z) * 0}. That is exact, since what is dropped are whole blocks, each with
 * a scale of its own; and the scales are changed in the file, because ONNX Runtime packs them with
 * the weight when it loads a model.
 *
 * <p>It shares nothing with the rewriter but the owners of the features.
 */
final class MaskedProducts {

  private static final int INT32 = TensorProto.DataType.INT32_VALUE;

  private final ModelProto model;
  private final ConstantValues constants;
  private final Map<Integer, List<NodeProto>> before = new HashMap<>();
  private final Map<Integer, NodeProto> changed = new HashMap<>();
  private final List<TensorProto> initializers = new ArrayList<>();

  MaskedProducts(ModelProto model) {
    this.model = model;
    this.constants = new ConstantValues(model.getGraph());
  }

  /**
   * Drops every weight whose input and output belong to different branches.
   *
   * @param position the product's index in the graph
   * @param inOwners the branch of each input feature
   * @param outOwners the branch of each output feature
   */
  void drop(int position, int[] inOwners, int[] outOwners) {
    Product product =
        Product.at(model.getGraph(), constants, position)
            .orElseThrow(() -> new IllegalArgumentException("no oracle for node " + position));
    String prefix = "oracle/" + position + "/";
    if (product.isPacked()) {
      TensorProto scales = maskedScales(product, prefix, inOwners, outOwners);
      initializers.add(scales);
      changed.put(
          position,
          product.node().toBuilder().setInput(Product.PACKED_SCALES, scales.getName()).build());
      return;
    }
    List<NodeProto> nodes = new ArrayList<>();
    before.put(position, nodes);
    int[] rows = product.inputsFirst() ? inOwners : outOwners;
    int[] columns = product.inputsFirst() ? outOwners : inOwners;
    boolean kernel = product.isConvolution();
    long[] down = kernel ? new long[] {rows.length, 1, 1, 1} : new long[] {rows.length, 1};
    long[] across = kernel ? new long[] {1, columns.length, 1, 1} : new long[] {1, columns.length};
    initializers.add(longs(prefix + "rows", rows, down));
    initializers.add(longs(prefix + "columns", columns, across));
    nodes.add(node("Equal", prefix + "kept", prefix + "rows", prefix + "columns"));
    String weight = product.weightValue();
    int type = constants.type(weight);
    String masked = prefix + "weight";
    if (isFloat(type)) {
      nodes.add(cast(prefix + "mask", prefix + "kept", type));
      nodes.add(node("Mul", masked, weight, prefix + "mask"));
    } else {
      nodes.add(cast(prefix + "wide", weight, INT32));
      nodes.add(
          node("Where", prefix + "rest", prefix + "kept", prefix + "wide", zero(product, nodes)));
      nodes.add(cast(masked, prefix + "rest", type));
    }
    changed.put(position, product.node().toBuilder().setInput(product.weight(), masked).build());
  }

  private TensorProto maskedScales(
      Product product, String prefix, int[] inOwners, int[] outOwners) {
    String name = product.node().getInput(Product.PACKED_SCALES);
    TensorProto scales =
        model.getGraph().getInitializerList().stream()
            .filter(tensor -> tensor.getName().equals(name) && tensor.hasRawData())
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no oracle for scales " + name));
    int block = (int) ConstantValues.integer(product.node(), "block_size");
    int blocks = (inOwners.length + block - 1) / block;
    byte[] bytes = scales.getRawData().toByteArray();
    int width = bytes.length / (outOwners.length * blocks);
    for (int i = 0; i < bytes.length / width; i++) {
      int from = i % blocks * block;
      int[] owners = Arrays.copyOfRange(inOwners, from, Math.min(from + block, inOwners.length));
      if (Arrays.stream(owners).distinct().count() != 1) {
        throw new IllegalArgumentException("block " + i % blocks + " belongs to several branches");
      }
      if (owners[0] != outOwners[i / blocks]) {
        Arrays.fill(bytes, i * width, (i + 1) * width, (byte) 0);
      }
    }
    return scales.toBuilder()
        .setName(prefix + "scales")
        .setRawData(ByteString.copyFrom(bytes))
        .build();
  }

  private String zero(Product product, List<NodeProto> nodes) {
    String name = "oracle/" + product.position() + "/zero";
    int at = product.zeroPoint();
    if (at >= 0 && at < product.node().getInputCount() && !product.node().getInput(at).isEmpty()) {
      nodes.add(cast(name, product.node().getInput(at), INT32));
    } else {
      initializers.add(
          TensorProto.newBuilder().setName(name).setDataType(INT32).addInt32Data(0).build());
    }
    return name;
  }

  /** The original with what was dropped so far. */
  ModelProto build() {
    GraphProto.Builder graph = model.getGraph().toBuilder().clearNode();
    for (int i = 0; i < model.getGraph().getNodeCount(); i++) {
      graph.addAllNode(before.getOrDefault(i, List.of()));
      graph.addNode(changed.getOrDefault(i, model.getGraph().getNode(i)));
    }
    graph.addAllInitializer(initializers);
    // Below IR 4 an initializer has to be an input as well; these are not meant to be set.
    return model.toBuilder()
        .setGraph(graph)
        .setIrVersion(Math.max(4, model.getIrVersion()))
        .build();
  }

  private static boolean isFloat(int type) {
    return type == TensorProto.DataType.FLOAT_VALUE
        || type == TensorProto.DataType.DOUBLE_VALUE
        || type == TensorProto.DataType.FLOAT16_VALUE
        || type == TensorProto.DataType.BFLOAT16_VALUE;
  }

  private static NodeProto node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addOutput(output)
        .addAllInput(Stream.of(inputs).toList())
        .build();
  }

  private static NodeProto cast(String output, String input, int type) {
    return node("Cast", output, input).toBuilder()
        .addAttribute(
            AttributeProto.newBuilder()
                .setName("to")
                .setType(AttributeProto.AttributeType.INT)
                .setI(type))
        .build();
  }

  private static TensorProto longs(String name, int[] values, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.INT64_VALUE);
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    for (int value : values) {
      tensor.addInt64Data(value);
    }
    return tensor.build();
  }
}
