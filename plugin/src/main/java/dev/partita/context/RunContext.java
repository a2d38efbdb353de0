package dev.partita.context;

import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.options.Options;
import dev.partita.workers.Workers;

/**
 * What every stage of a run works with.
 *
 * @param read the model as it was read
 * @param inlining the model that is worked on
 * @param index of that model
 * @param scenario what the estimates assume
 * @param stages who hears how far the run is
 */
public record RunContext(
    OnnxModel read,
    Inlining inlining,
    GraphIndex index,
    Options options,
    Scenario scenario,
    Stages stages,
    Workspace workspace) {

  public static RunContext of(OnnxModel read, Options options, Stages stages, Workspace workspace) {
    GivenSizes.check(read, options);
    Inlining inlining = Inlining.of(read, options);
    GraphIndex index = new GraphIndex(inlining.model());
    return new RunContext(
        read, inlining, index, options, Scenario.of(index, options), stages, workspace);
  }

  /** The threads of the run; their number never changes a result. */
  public Workers workers() {
    return workspace.workers();
  }

  /** Estimates of the dense layers of the model. */
  public Estimates estimates() {
    return new Estimates(scenario.target(), scenario.rows());
  }
}
