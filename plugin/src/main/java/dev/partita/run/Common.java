package dev.partita.run;

import com.google.common.collect.ImmutableMap;
import dev.partita.context.RunData;
import dev.partita.context.Workspace;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.options.Options;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.repair.moments.InputScales;
import dev.partita.runtime.DataSet;
import dev.partita.verify.Reference;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is the same in all runs of one model on the same data, computed once: the data sets, what
 * the original makes of them, and the moments of what its layers read. Runs that share it may
 * differ in accelerators, strategy, bridges and layers left alone.
 */
public final class Common implements AutoCloseable {

  /** Of 256 MiB in double precision: larger ones are measured again rather than kept. */
  private static final long MOST_COVARIANCES = 32L << 20;

  private final Workers workers;
  private final Map<Measured, InputScales> scales = new HashMap<>();
  private @Nullable RunData data;
  private @Nullable Reference reference;

  /**
   * What was measured.
   *
   * @param widths of what layers read
   * @param withCovariance whether their covariance was measured as well
   */
  private record Measured(ImmutableMap<FeatureAxis, Integer> widths, boolean withCovariance) {

    static Measured of(List<Region> regions, boolean withCovariance) {
      Map<FeatureAxis, Integer> widths =
          regions.stream()
              .flatMap(region -> region.cutLayers().stream())
              .map(RegionLayer::layer)
              .collect(Collectors.toMap(l -> l.from(), l -> l.in(), (one, same) -> one));
      return new Measured(ImmutableMap.copyOf(widths), withCovariance);
    }

    boolean isSmall() {
      return !withCovariance
          || widths.values().stream().mapToLong(width -> (long) width * width).sum()
              <= MOST_COVARIANCES;
    }
  }

  /** With the threads of the runs, which closing ends. */
  public Common(int threads) {
    this.workers = Workers.of(threads);
  }

  public Workers workers() {
    return workers;
  }

  RunData data(Path model, Options options) {
    RunData known = data;
    if (known == null) {
      known = RunData.read(model, options);
      data = known;
    }
    return known;
  }

  Reference reference(Path model, DataSet validation) throws InterruptedException {
    Reference known = reference;
    if (known == null) {
      known = Reference.of(model, validation, workers);
      reference = known;
    }
    return known;
  }

  InputScales scales(
      Workspace workspace,
      GraphIndex index,
      List<Region> regions,
      DataSet calibration,
      boolean withCovariance)
      throws InterruptedException {
    Measured key = Measured.of(regions, withCovariance);
    InputScales known = scales.get(key);
    if (known == null) {
      DataSet few = CalibrationRows.limited(workspace, index, regions, calibration);
      known = InputScales.measure(workspace, index, regions, few, withCovariance);
      if (key.isSmall()) {
        scales.put(key, known);
      }
    }
    return known;
  }

  @Override
  public void close() {
    if (reference != null) {
      reference.close();
    }
    workers.close();
  }
}
