package dev.partita.repair.moments;

import com.google.common.collect.ImmutableMap;
import dev.partita.context.RunContext;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.runtime.DataSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The moments of what layers read, measured once for all runs of a model on the same data. */
public final class KnownScales {

  /** Of 256 MiB in double precision: larger ones are measured again rather than kept. */
  private static final long MOST_COVARIANCES = 32L << 20;

  private final Map<Measured, InputScales> scales = new HashMap<>();

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

  /** Those of the layers of some regions of the main graph. */
  public InputScales of(
      RunContext context, List<Region> regions, DataSet calibration, boolean withCovariance)
      throws InterruptedException {
    Measured key = Measured.of(regions, withCovariance);
    InputScales known = scales.get(key);
    if (known == null) {
      DataSet few =
          CalibrationRows.limited(context.workspace(), context.index(), regions, calibration);
      known =
          InputScales.measure(context.workspace(), context.index(), regions, few, withCovariance);
      if (key.isSmall()) {
        scales.put(key, known);
      }
    }
    return known;
  }
}
