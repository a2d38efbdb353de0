package dev.partita.run;

import dev.partita.accelerator.CostModel;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.LayerWork;
import dev.partita.accelerator.Schedule;
import dev.partita.accelerator.Target;
import dev.partita.estimate.RewritingEstimates;
import dev.partita.report.schema.Illustrations;
import dev.partita.rewrite.Rewriting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the illustrations of a run. */
final class Illustrator {

  private Illustrator() {}

  /** Illustrations of a run as it ended. */
  static Illustrations of(Rewriting rewriting, RewritingEstimates estimates, Target target) {
    List<LayerWork> works = estimates.works(rewriting);
    return new Illustrations(
        CutPictures.of(rewriting),
        estimates.estimates().layers(works),
        schedule(target, works, DramSharing.PRIVATE),
        schedule(target, works, DramSharing.SHARED));
  }

  private static @Nullable Schedule schedule(
      Target target, List<LayerWork> works, DramSharing sharing) {
    return works.isEmpty() ? null : CostModel.schedule(target, works, sharing);
  }
}
