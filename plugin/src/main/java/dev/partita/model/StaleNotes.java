package dev.partita.model;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.TensorAnnotation;
import dev.partita.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Drops what a graph says of values that an edit took away: declared types and quantization
 * annotations. What it said of values that never were there is not for us to judge.
 */
final class StaleNotes {

  private StaleNotes() {}

  static void drop(GraphIndex original, GraphProto.Builder graph) {
    Set<String> gone = new HashSet<>(ScopeNames.defined(original.graph()));
    gone.removeAll(ScopeNames.defined(graph.buildPartial()));
    if (gone.isEmpty()) {
      return;
    }
    List<ValueInfoProto> types =
        graph.getValueInfoList().stream().filter(v -> !gone.contains(v.getName())).toList();
    if (types.size() < graph.getValueInfoCount()) {
      graph.clearValueInfo().addAllValueInfo(types);
    }
    List<TensorAnnotation> annotations =
        graph.getQuantizationAnnotationList().stream()
            .filter(annotation -> !gone.contains(annotation.getTensorName()))
            .toList();
    if (annotations.size() < graph.getQuantizationAnnotationCount()) {
      graph.clearQuantizationAnnotation().addAllQuantizationAnnotation(annotations);
    }
  }
}
