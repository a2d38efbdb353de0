package dev.partita.testing;

import dev.partita.dense.FeatureSpace.State;
import dev.partita.dense.Region;
import dev.partita.dense.RegionLayer;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.partition.PartitionPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The oracle: the original model with the dropped weights set to zero. It shares nothing with the
 * rewriter but the plan.
 */
public final class MaskedModel {

  private MaskedModel() {}

  /** Zeroes what a plan drops of a region; may be applied region after region. */
  public static ModelProto mask(ModelProto model, Region region, PartitionPlan plan) {
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (RegionLayer layer : region.cutLayers()) {
      if (region.spaces().get(layer.inSpace()).state() == State.SHARED) {
        continue;
      }
      int position = layer.layer().nodes().get(0);
      NodeProto node = graph.getNode(position);
      String weight = node.getInput(1);
      TensorProto tensor = tensor(model, weight);
      boolean transposed =
          node.getAttributeList().stream()
              .anyMatch(a -> a.getName().equals("transB") && a.getI() != 0);
      int[] inOwner = owners(plan, layer.inSpace(), layer.layer().in());
      int[] outOwner = owners(plan, layer.outSpace(), layer.layer().out());
      float[] values = floats(tensor);
      int columns = (int) tensor.getDims(1);
      for (int i = 0; i < values.length; i++) {
        int k = transposed ? i % columns : i / columns;
        int n = transposed ? i / columns : i % columns;
        if (inOwner[k] != outOwner[n]) {
          values[i] = 0;
        }
      }
      String name = "masked/" + position;
      ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName(name)
              .setDataType(TensorProto.DataType.FLOAT_VALUE)
              .addAllDims(tensor.getDimsList())
              .setRawData(com.google.protobuf.ByteString.copyFrom(bytes)));
      graph.setNode(position, node.toBuilder().setInput(1, name));
    }
    return model.toBuilder().setGraph(graph).build();
  }

  private static TensorProto tensor(ModelProto model, String name) {
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getName().equals(name)) {
        return tensor;
      }
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getOutputList().contains(name)) {
        return node.getAttribute(0).getT();
      }
    }
    throw new IllegalArgumentException(name);
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
