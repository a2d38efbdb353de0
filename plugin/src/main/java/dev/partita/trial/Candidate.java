package dev.partita.trial;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.StagedModel;
import dev.partita.report.schema.OptimizationReport;

/**
 * A rewritten model in full, as it would ship.
 *
 * @param annotations what is on the model; see {@link OptimizationReport#annotations}
 * @param parametersAfter weights and biases of the layers of each rewritten region, by its id
 */
public record Candidate(
    StagedModel staged,
    ImmutableMap<String, ImmutableMap<String, String>> annotations,
    ImmutableMap<String, Long> parametersAfter)
    implements AutoCloseable {

  @Override
  public void close() {
    staged.close();
  }
}
