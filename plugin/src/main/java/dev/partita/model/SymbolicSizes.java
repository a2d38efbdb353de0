package dev.partita.model;

import com.google.common.collect.ImmutableSortedSet;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.List;

/** Names that a model gives to sizes that are not known before it runs. */
public final class SymbolicSizes {

  private SymbolicSizes() {}

  /** All names, of inputs, outputs and inner values, in bodies too. */
  public static ImmutableSortedSet<String> names(OnnxModel model) {
    ImmutableSortedSet.Builder<String> names = ImmutableSortedSet.naturalOrder();
    for (GraphPath path : GraphPath.all(model.proto())) {
      GraphProto graph = path.in(model.proto());
      for (List<ValueInfoProto> values :
          List.of(graph.getInputList(), graph.getOutputList(), graph.getValueInfoList())) {
        for (ValueInfoProto value : values) {
          value.getType().getTensorType().getShape().getDimList().stream()
              .map(TensorShapeProto.Dimension::getDimParam)
              .filter(name -> !name.isEmpty())
              .forEach(names::add);
        }
      }
    }
    return names.build();
  }
}
