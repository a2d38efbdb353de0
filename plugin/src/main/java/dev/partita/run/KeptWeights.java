package dev.partita.run;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.WeightReaders;
import dev.partita.dense.find.WeightReaders.Shared;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;
import dev.partita.report.schema.ShortList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Weights that stay in the model next to their blocks, because something else reads them. */
public final class KeptWeights {

  private KeptWeights() {}

  /**
   * One sentence for each of them, with the bytes that the blocks add.
   *
   * @param accelerators the number of blocks of a layer
   */
  public static ImmutableList<String> sentences(
      GraphIndex index, Findings findings, int accelerators) {
    List<DenseLayer> cut = new ArrayList<>();
    List<DenseLayer> whole = new ArrayList<>();
    for (Region region : findings.regions()) {
      for (RegionLayer layer : region.cutLayers()) {
        cut.add(layer.layer());
        if (region.spaces().get(layer.inSpace()).state() == State.SHARED) {
          whole.add(layer.layer());
        }
      }
    }
    ImmutableList.Builder<String> sentences = ImmutableList.builder();
    for (Shared shared : new WeightReaders(index).shared(cut)) {
      if (!shared.others().isEmpty()) {
        DenseLayer first = shared.layers().get(0);
        TensorProto stored = first.weight().source().stored();
        long bytes = Tensors.byteSize(index.model().source().toString(), stored);
        sentences.add(
            String.format(
                Locale.ROOT,
                "The weight '%s' stays in the model for %s; the blocks of %s add about %,d bytes to it.",
                shared.stored().name(),
                ShortList.of(shared.others()),
                ShortList.of(shared.names()),
                whole.contains(first) ? bytes : bytes / accelerators));
      }
    }
    return sentences.build();
  }
}
