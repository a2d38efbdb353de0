package dev.partita.corpus;

import dev.partita.model.ElementType;
import dev.partita.model.ElementView;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.runtime.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A model of half precision with the same numbers in single precision: what it stands for, but for
 * roundings a thousand times smaller.
 */
final class SinglePrecision {

  private static final int HALF = TensorProto.DataType.FLOAT16_VALUE;
  private static final int SINGLE = TensorProto.DataType.FLOAT_VALUE;

  /** Attributes that name an element type. */
  private static final Set<String> TYPES = Set.of("to", "dtype", "output_dtype");

  private final OnnxModel model;

  private SinglePrecision(OnnxModel model) {
    this.model = model;
  }

  /**
   * The model in single precision.
   *
   * @param file where it stands, for its external data
   */
  static ModelProto of(ModelProto model, Path file) {
    SinglePrecision wider = new SinglePrecision(new OnnxModel(model, file, 0));
    return model.toBuilder().setGraph(wider.graph(model.getGraph())).build();
  }

  /** The same numbers in single precision; other tensors as they are. */
  static Map<String, Tensor> of(Map<String, Tensor> tensors) {
    Map<String, Tensor> wider = new HashMap<>();
    tensors.forEach(
        (name, tensor) ->
            wider.put(name, tensor.type() == ElementType.FLOAT16 ? of(tensor) : tensor));
    return wider;
  }

  private static Tensor of(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.floatAt(i);
    }
    return Tensor.of(values, tensor.shape().toArray());
  }

  private GraphProto graph(GraphProto of) {
    GraphProto.Builder graph = of.toBuilder();
    for (int i = 0; i < of.getInitializerCount(); i++) {
      graph.setInitializer(i, tensor(of.getInitializer(i)));
    }
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.hasT()) {
          attribute.setT(tensor(attribute.getT()));
        }
        if (attribute.hasG()) {
          attribute.setG(graph(attribute.getG()));
        }
        if (TYPES.contains(attribute.getName()) && attribute.getI() == HALF) {
          attribute.setI(SINGLE);
        }
      }
    }
    graph.getInputBuilderList().forEach(SinglePrecision::widen);
    graph.getOutputBuilderList().forEach(SinglePrecision::widen);
    graph.getValueInfoBuilderList().forEach(SinglePrecision::widen);
    return graph.build();
  }

  private static void widen(ValueInfoProto.Builder value) {
    if (value.getType().getTensorType().getElemType() == HALF) {
      value.getTypeBuilder().getTensorTypeBuilder().setElemType(SINGLE);
    }
  }

  private TensorProto tensor(TensorProto tensor) {
    if (tensor.getDataType() != HALF) {
      return tensor;
    }
    ElementView stored = Tensors.view(model, tensor);
    float[] values = new float[Math.toIntExact(stored.size())];
    stored.read(0, values, 0, values.length);
    long[] dims = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    return Tensors.ofFloats(tensor.getName(), values, dims);
  }
}
