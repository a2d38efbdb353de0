package dev.partita.report.schema;

import com.google.common.collect.ImmutableList;
import dev.partita.Reported;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import org.jspecify.annotations.Nullable;

/**
 * What was put back on the nodes of a model.
 *
 * @param input the model that came in
 * @param output the model that was written
 * @param source where figures come from
 * @param target what the estimates assume; null where they come from a sidecar
 * @param byName nodes that were known by their names
 * @param byOutput nodes that were known by a value that they make
 * @param skipped nodes of the sidecar that are not there any more, with the reason
 */
@Reported(
    "The figures that `annotate` restored on the nodes of a model; `source` is "
        + "sidecar or estimate. `target` is None if figures come from a sidecar; "
        + "`by_name` and `by_output` count the nodes that were identified by name, and "
        + "by a value that they produce; `skipped` lists the nodes of the sidecar that "
        + "no longer exist.")
public record AnnotateReport(
    InputInfo input,
    OutputInfo output,
    Source source,
    @Nullable TargetInfo target,
    int byName,
    int byOutput,
    ImmutableList<SkippedNode> skipped) {

  /** Where figures come from. */
  public enum Source {
    SIDECAR,
    /** Estimated from the graph. */
    ESTIMATE
  }
}
