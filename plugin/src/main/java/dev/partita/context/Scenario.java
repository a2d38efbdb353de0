package dev.partita.context;

import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerRows;
import dev.partita.estimate.BlockSizes;
import dev.partita.estimate.CutEstimates;
import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.options.Options;

/**
 * What the estimates of a run assume.
 *
 * @param sharing which figures decide
 * @param rows of the layers
 */
public record Scenario(Target target, DramSharing sharing, LayerRows rows) {

  static Scenario of(GraphIndex index, Options options) {
    Target target = Estimates.target(options);
    return new Scenario(
        target, Estimates.sharing(options, target), new LayerRows(index, options.target().dims()));
  }

  /** The sizes of blocks. */
  public BlockSizes sizes() {
    return new BlockSizes(target, sharing, rows);
  }

  /** Estimates of cuts that are not planned yet. */
  public CutEstimates cuts(GraphIndex index) {
    return new CutEstimates(index, target, rows, sharing);
  }
}
