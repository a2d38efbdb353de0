package dev.partita.optimize;

import dev.partita.UnsupportedInputException;
import dev.partita.dense.Region;
import dev.partita.dense.RegionLayer;
import dev.partita.dense.WeightMatrix;
import dev.partita.model.OnnxModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refuses layers whose weights are not all numbers: no plan and no repair means anything there. */
final class FiniteWeights {

  private FiniteWeights() {}

  static @Nullable Void require(OnnxModel model, List<Region> regions) {
    for (Region region : regions) {
      for (RegionLayer layer : region.layers()) {
        if (!isFinite(layer.layer().weight())) {
          throw UnsupportedInputException.at(
              model.source().toString(),
              layer.layer().name(),
              "its weight '" + layer.layer().weightName() + "' holds NaN or infinity",
              "Export the model again, or leave the layer alone with --exclude.");
        }
      }
    }
    return null;
  }

  private static boolean isFinite(WeightMatrix weight) {
    float[] row = new float[weight.storedColumns()];
    for (int r = 0; r < weight.storedRows(); r++) {
      weight.readStored(r, 1, row);
      for (float value : row) {
        if (!Float.isFinite(value)) {
          return false;
        }
      }
    }
    return true;
  }
}
