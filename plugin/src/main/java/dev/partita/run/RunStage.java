package dev.partita.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.report.schema.StageInfo;

/**
 * A stage of a run, as data: nothing in it has run yet.
 *
 * @param name as the listener hears it
 * @param requires what it reads
 * @param gives what it hands on; where it requires the same, it refines that
 */
record RunStage(
    String name, ImmutableSet<Fact<?>> requires, ImmutableSet<Fact<?>> gives, Work work) {

  /** What a stage does. */
  @FunctionalInterface
  interface Work {

    /** Returns whether the run goes on; one that does not ends after this stage. */
    boolean run(OptimizationRun run, Facts.Handed facts) throws InterruptedException;
  }

  /** Work after which the run goes on. */
  @FunctionalInterface
  interface Step {
    void run(OptimizationRun run, Facts.Handed facts) throws InterruptedException;
  }

  static RunStage of(
      String name, ImmutableSet<Fact<?>> requires, ImmutableSet<Fact<?>> gives, Step step) {
    return new RunStage(
        name,
        requires,
        gives,
        (run, facts) -> {
          step.run(run, facts);
          return true;
        });
  }

  StageInfo info() {
    return new StageInfo(
        name,
        requires.stream().map(Fact::name).collect(ImmutableList.toImmutableList()),
        gives.stream().map(Fact::name).collect(ImmutableList.toImmutableList()));
  }
}
