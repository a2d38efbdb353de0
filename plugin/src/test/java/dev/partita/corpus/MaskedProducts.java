package dev.partita.corpus;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.ArrayList;
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
 * It shares nothing with the rewriter but the owners of the features.
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
