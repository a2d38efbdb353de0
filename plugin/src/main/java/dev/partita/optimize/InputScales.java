package dev.partita.optimize;

import com.google.common.collect.ImmutableMap;
import dev.partita.dense.Region;
import dev.partita.dense.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.partition.FeatureCovariance;
import dev.partita.repair.InputMoments;
import dev.partita.repair.Rows;
import dev.partita.runtime.Capture;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What calibration data says of the inputs of the layers that are cut, from one pass.
 *
 * @param scales root mean square of each feature, by the value that a layer reads
 * @param covariances the same features' covariance; empty where it was not asked for
 */
record InputScales(
    ImmutableMap<String, float[]> scales, ImmutableMap<String, FeatureCovariance> covariances) {

  /** Nothing was measured. */
  static final InputScales NONE = new InputScales(ImmutableMap.of(), ImmutableMap.of());

  static InputScales measure(
      Workspace workspace,
      GraphIndex index,
      List<Region> regions,
      DataSet data,
      boolean withCovariance,
      int threads)
      throws InterruptedException {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (Region region : regions) {
      region.cutLayers().forEach(l -> widths.put(l.layer().input(), l.layer().in()));
    }
    List<String> probes = widths.keySet().stream().filter(v -> !index.isInput(v)).toList();
    Map<String, InputMoments> moments = new HashMap<>();
    widths.forEach((value, width) -> moments.put(value, new InputMoments(width, withCovariance)));
    try {
      stream(workspace, index, probes, data, threads, moments);
      ImmutableMap.Builder<String, float[]> scales = ImmutableMap.builder();
      ImmutableMap.Builder<String, FeatureCovariance> covariances = ImmutableMap.builder();
      moments.forEach(
          (value, sums) -> {
            scales.put(value, sums.rootMeanSquares());
            if (withCovariance) {
              covariances.put(value, sums.covariance());
            }
          });
      return new InputScales(scales.buildOrThrow(), covariances.buildOrThrow());
    } finally {
      moments.values().forEach(InputMoments::close);
    }
  }

  private static void stream(
      Workspace workspace,
      GraphIndex index,
      List<String> probes,
      DataSet data,
      int threads,
      Map<String, InputMoments> moments)
      throws InterruptedException {
    if (probes.isEmpty()) {
      data.batches(RepairSamples.batchSize(data))
          .forEach(batch -> add(moments, batch.inputs(), ImmutableMap.of()));
      return;
    }
    try (Workspace.Opened opened = workspace.open(index, probes)) {
      Capture.stream(
          opened.session(),
          data,
          RepairSamples.batchSize(data),
          probes,
          threads,
          (batch, outputs) ->
              add(
                  moments,
                  probes.size() == moments.size() ? ImmutableMap.of() : batch.inputs(),
                  outputs));
    }
  }

  private static void add(
      Map<String, InputMoments> moments,
      ImmutableMap<String, Tensor> fed,
      ImmutableMap<String, Tensor> made) {
    moments.forEach(
        (value, sums) -> {
          Tensor tensor = made.containsKey(value) ? made.get(value) : fed.get(value);
          sums.add(Rows.of(tensor));
        });
  }

  /** The scale of a layer's inputs; null where it was not measured. */
  float @Nullable [] scale(RegionLayer layer) {
    return scales.get(layer.layer().input());
  }

  /** The covariance of a layer's inputs; null where it was not measured. */
  @Nullable FeatureCovariance covariance(RegionLayer layer) {
    return covariances.get(layer.layer().input());
  }
}
