package dev.partita.estimate;

import dev.partita.accelerator.LayerWork;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.rewrite.Bridges;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.Rewriting;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The dense layers of a model as they are after a rewriting. */
public record RewritingEstimates(Findings findings, Estimates estimates) {

  /** Every dense layer of the model, cut or not; products of unknown form are left out. */
  public List<LayerWork> works(Rewriting rewriting) {
    List<LayerWork> works = new ArrayList<>();
    findings.regions().forEach(region -> works.addAll(works(rewriting, region)));
    findings.leftLayers().forEach(left -> works.add(estimates.whole(left)));
    return works;
  }

  /** The layers of one region. */
  public List<LayerWork> works(Rewriting rewriting, Region region) {
    Cut cut = rewriting.cut(region);
    return rewriting.isActive(region)
        ? estimates.region(cut.region(), cut.plan(), rewriting.weights(region).bridges())
        : estimates.region(cut.region(), null, Bridges.NONE);
  }

  /** What all of them cost; null for a model without dense layers. */
  public @Nullable RegionEstimate total(Rewriting rewriting) {
    return estimates.estimate(works(rewriting));
  }
}
