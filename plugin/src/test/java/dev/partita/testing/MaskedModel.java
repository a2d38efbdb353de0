package dev.partita.testing;

import com.google.protobuf.ByteString;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.model.GraphPath;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.partition.PartitionPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The oracle: the original model with the dropped weights set to zero. It shares nothing with the
 * rewriter but the plan.
 */
public final class MaskedModel {

  private MaskedModel() {}

  /** Zeroes what a plan drops of a region; may be applied region after region. */
  public static ModelProto mask(ModelProto model, Region region, PartitionPlan plan) {
    GraphIndex index =
        new GraphIndex(new OnnxModel(model, Path.of("masked.onnx"), 0)).at(region.graph());
    List<TensorProto> masked = new ArrayList<>();
    GraphProto graph =
        inside(
            model.getGraph(),
            region.graph().steps(),
            body -> mask(body, index, region, plan, masked));
    // Always in the main graph: a body of a model below IR 4 may not have any.
    GraphProto.Builder main = graph.toBuilder().addAllInitializer(masked);
    if (model.getIrVersion() < 4) {
      masked.forEach(tensor -> main.addInput(declared(tensor)));
    }
    return model.toBuilder().setGraph(main).build();
  }

  private static ValueInfoProto declared(TensorProto tensor) {
    TypeProto.Tensor.Builder type = TypeProto.Tensor.newBuilder().setElemType(tensor.getDataType());
    TensorShapeProto.Builder shape = type.getShapeBuilder();
    tensor.getDimsList().forEach(dim -> shape.addDimBuilder().setDimValue(dim));
    return ValueInfoProto.newBuilder()
        .setName(tensor.getName())
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }

  private static GraphProto mask(
      GraphProto of,
      GraphIndex index,
      Region region,
      PartitionPlan plan,
      List<TensorProto> masked) {
    GraphProto.Builder graph = of.toBuilder();
    for (RegionLayer layer : region.cutLayers()) {
      if (region.spaces().get(layer.inSpace()).state() == State.SHARED) {
        continue;
      }
      int position = layer.layer().nodes().get(0);
      NodeProto node = graph.getNode(position);
      int[] inOwner = owners(plan, layer.inSpace(), layer.layer().in());
      int[] outOwner = owners(plan, layer.outSpace(), layer.layer().out());
      String name = "masked/" + region.id() + "/" + position;
      if (node.getOpType().equals("MatMulNBits")) {
        masked.add(decoded(layer, name, inOwner, outOwner));
        graph.setNode(position, product(node, name));
        continue;
      }
      String weight = node.getInput(1);
      TensorProto tensor = index.constant(weight);
      if (tensor == null) {
        throw new IllegalArgumentException(weight);
      }
      boolean transposed =
          node.getAttributeList().stream()
              .anyMatch(a -> a.getName().equals("transB") && a.getI() != 0);
      float[] values = floats(tensor);
      int columns = (int) tensor.getDims(1);
      for (int i = 0; i < values.length; i++) {
        int k = transposed ? i % columns : i / columns;
        int n = transposed ? i / columns : i % columns;
        if (inOwner[k] != outOwner[n]) {
          values[i] = 0;
        }
      }
      masked.add(tensor(name, values, tensor.getDimsList()));
      graph.setNode(position, node.toBuilder().setInput(1, name));
    }
    return graph.build();
  }

  /** A weight of a few bits a number as real numbers, some of which no bits may stand for. */
  private static TensorProto decoded(
      RegionLayer layer, String name, int[] inOwner, int[] outOwner) {
    int in = inOwner.length;
    int out = outOwner.length;
    float[] values =
        layer
            .layer()
            .weight()
            .block(IntStream.range(0, in).toArray(), IntStream.range(0, out).toArray())
            .values();
    for (int i = 0; i < values.length; i++) {
      values[i] = inOwner[i / out] == outOwner[i % out] ? values[i] : 0;
    }
    return tensor(name, values, List.of((long) in, (long) out));
  }

  private static NodeProto product(NodeProto packed, String weight) {
    if (packed.getInputCount() > 4) {
      throw new IllegalArgumentException(packed.getName() + " has a bias");
    }
    return NodeProto.newBuilder()
        .setOpType("MatMul")
        .setName(packed.getName())
        .addInput(packed.getInput(0))
        .addInput(weight)
        .addOutput(packed.getOutput(0))
        .build();
  }

  private static TensorProto tensor(String name, float[] values, List<Long> dims) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(TensorProto.DataType.FLOAT_VALUE)
        .addAllDims(dims)
        .setRawData(ByteString.copyFrom(bytes))
        .build();
  }

  private static GraphProto inside(
      GraphProto graph, List<GraphPath.Step> steps, UnaryOperator<GraphProto> change) {
    if (steps.isEmpty()) {
      return change.apply(graph);
    }
    GraphPath.Step step = steps.get(0);
    NodeProto.Builder node = graph.getNode(step.node()).toBuilder();
    for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
      if (attribute.getName().equals(step.attribute())) {
        attribute.setG(inside(attribute.getG(), steps.subList(1, steps.size()), change));
      }
    }
    return graph.toBuilder().setNode(step.node(), node).build();
  }

  private static float[] floats(TensorProto tensor) {
    if (!tensor.hasRawData()) {
      float[] values = new float[tensor.getFloatDataCount()];
      for (int i = 0; i < values.length; i++) {
        values[i] = tensor.getFloatData(i);
      }
      return values;
    }
    ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private static int[] owners(PartitionPlan plan, int space, int size) {
    int[] owners = new int[size];
    for (int branch = 0; branch < plan.branches(); branch++) {
      for (int feature : plan.features(space, branch)) {
        owners[feature] = branch;
      }
    }
    return owners;
  }
}
