package dev.partita.optimize;

import dev.partita.dense.Region;
import dev.partita.dense.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.repair.Rows;
import dev.partita.runtime.Capture;
import dev.partita.runtime.DataSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The root mean square of every input of every layer that is cut, in one pass over the data. */
final class InputScales {

  private InputScales() {}

  /** By the name of the value that a layer reads; for float32 values that nodes make or read. */
  static Map<String, float[]> measure(
      Workspace workspace, GraphIndex index, List<Region> regions, DataSet data, int threads)
      throws InterruptedException {
    List<String> values =
        regions.stream()
            .flatMap(region -> region.cutLayers().stream())
            .map(layer -> layer.layer().input())
            .distinct()
            .filter(value -> !index.isInput(value))
            .toList();
    Map<String, double[]> squares = new HashMap<>();
    Map<String, Long> rows = new HashMap<>();
    if (values.isEmpty()) {
      return Map.of();
    }
    try (Workspace.Opened opened = workspace.open(index, values)) {
      Capture.stream(
          opened.session(),
          data,
          RepairSamples.batchSize(data),
          values,
          threads,
          (batch, outputs) ->
              values.forEach(
                  value -> {
                    Rows matrix = Rows.of(outputs.get(value));
                    double[] sums =
                        squares.computeIfAbsent(value, v -> new double[matrix.features()]);
                    add(matrix, sums);
                    rows.merge(value, (long) matrix.count(), Long::sum);
                  }));
    }
    Map<String, float[]> scales = new HashMap<>();
    squares.forEach(
        (value, sums) -> {
          float[] scale = new float[sums.length];
          for (int k = 0; k < scale.length; k++) {
            scale[k] = (float) Math.sqrt(sums[k] / Math.max(1, rows.getOrDefault(value, 0L)));
          }
          scales.put(value, scale);
        });
    return scales;
  }

  private static void add(Rows matrix, double[] sums) {
    float[] values = matrix.values();
    for (int i = 0; i < values.length; i++) {
      sums[i % sums.length] += (double) values[i] * values[i];
    }
  }

  /** The scale of a layer's inputs; null where it was not measured. */
  static float @org.jspecify.annotations.Nullable [] of(
      Map<String, float[]> scales, RegionLayer layer) {
    return scales.get(layer.layer().input());
  }
}
