package dev.partita.plan;

import dev.partita.UnsupportedInputException;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.OnnxModel;
import dev.partita.workers.Workers;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Refuses layers whose weights are not all numbers: no plan and no repair means anything there. */
final class FiniteWeights {

  private static final int TILE = 64;
  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private FiniteWeights() {}

  static void require(OnnxModel model, List<Region> regions, Workers workers) {
    for (Region region : regions) {
      for (RegionLayer layer : region.layers()) {
        if (!isFinite(layer.layer().weight(), workers)) {
          throw UnsupportedInputException.at(
              model.source().toString(),
              layer.layer().name(),
              "its weight '" + layer.layer().weightName() + "' holds NaN or infinity",
              "Export the model again, or exclude the layer with --exclude.");
        }
      }
    }
  }

  private static boolean isFinite(WeightMatrix weight, Workers workers) {
    int rows = weight.storedRows();
    AtomicBoolean finite = new AtomicBoolean(true);
    workers.forEach(
        (rows + TILE - 1) / TILE,
        tile -> {
          if (finite.get() && !isFinite(weight, tile * TILE, Math.min(rows, (tile + 1) * TILE))) {
            finite.set(false);
          }
        });
    return finite.get();
  }

  private static boolean isFinite(WeightMatrix weight, int first, int end) {
    float[] row = new float[weight.storedColumns()];
    for (int r = first; r < end; r++) {
      weight.readStored(r, 1, row);
      // Without its sign a float is the larger the larger its bits are, infinity and NaN at the
      // top: a maximum, which a processor takes of many at once.
      int largest = 0;
      for (float value : row) {
        largest = Math.max(largest, Float.floatToRawIntBits(value) & Integer.MAX_VALUE);
      }
      if (largest >= INFINITY_BITS) {
        return false;
      }
    }
    return true;
  }
}
