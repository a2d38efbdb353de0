package dev.partita.repair.moments;

import com.google.common.collect.ImmutableMap;
import dev.partita.context.Workspace;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.partition.FeatureCovariance;
import dev.partita.runtime.Capture;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.RowMask;
import dev.partita.runtime.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What calibration data says of the inputs of the layers that are cut, from one pass.
 *
 * @param scales root mean square of each feature, by the value that a layer reads and its axis
 * @param covariances the same features' covariance; empty where it was not asked for
 */
public record InputScales(
    ImmutableMap<FeatureAxis, float[]> scales,
    ImmutableMap<FeatureAxis, FeatureCovariance> covariances) {

  /** Nothing was measured. */
  public static final InputScales NONE = new InputScales(ImmutableMap.of(), ImmutableMap.of());

  public static InputScales measure(
      Workspace workspace,
      GraphIndex index,
      List<Region> regions,
      DataSet data,
      boolean withCovariance)
      throws InterruptedException {
    Map<FeatureAxis, Integer> widths = new LinkedHashMap<>();
    for (Region region : regions) {
      region.cutLayers().forEach(l -> widths.put(l.layer().from(), l.layer().in()));
    }
    List<String> probes =
        widths.keySet().stream()
            .map(FeatureAxis::value)
            .filter(value -> !index.isInput(value))
            .distinct()
            .toList();
    Map<FeatureAxis, InputMoments> moments = new HashMap<>();
    widths.forEach((value, width) -> moments.put(value, new InputMoments(width, withCovariance)));
    try {
      stream(workspace, index, probes, data, moments);
      ImmutableMap.Builder<FeatureAxis, float[]> scales = ImmutableMap.builder();
      ImmutableMap.Builder<FeatureAxis, FeatureCovariance> covariances = ImmutableMap.builder();
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
      Map<FeatureAxis, InputMoments> moments)
      throws InterruptedException {
    if (probes.isEmpty()) {
      data.batches(CalibrationRows.batchSize(data))
          .forEach(batch -> add(moments, batch.mask(), batch.inputs(), ImmutableMap.of()));
      return;
    }
    try (Workspace.Opened opened = workspace.open(index, probes)) {
      Capture.stream(
          opened.session(),
          data,
          CalibrationRows.batchSize(data),
          probes,
          workspace.workers(),
          (batch, outputs) ->
              add(
                  moments,
                  batch.mask(),
                  moments.keySet().stream().allMatch(key -> probes.contains(key.value()))
                      ? ImmutableMap.of()
                      : batch.inputs(),
                  outputs));
    }
  }

  private static void add(
      Map<FeatureAxis, InputMoments> moments,
      RowMask mask,
      ImmutableMap<String, Tensor> fed,
      ImmutableMap<String, Tensor> made) {
    moments.forEach(
        (key, sums) -> {
          String value = key.value();
          Tensor tensor = made.containsKey(value) ? made.get(value) : fed.get(value);
          sums.add(new Rows(tensor, key.axis(), mask.rows(value, tensor.shape(), key.axis())));
        });
  }

  /** The scale of a layer's inputs; null where it was not measured. */
  public float @Nullable [] scale(RegionLayer layer) {
    return scales.get(layer.layer().from());
  }

  /** The covariance of a layer's inputs; null where it was not measured. */
  public @Nullable FeatureCovariance covariance(RegionLayer layer) {
    return covariances.get(layer.layer().from());
  }
}
