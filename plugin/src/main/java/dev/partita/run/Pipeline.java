package dev.partita.run;

import com.google.common.collect.ImmutableList;
import dev.partita.report.schema.StageInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The stages of a run in order, of which each finds what it requires. */
final class Pipeline {

  private final ImmutableList<RunStage> stages;

  private Pipeline(ImmutableList<RunStage> stages) {
    this.stages = stages;
  }

  /**
   * Checks the stages against each other.
   *
   * @throws IllegalStateException if a stage requires what none before it gives, or gives again,
   *     without having read it, what another gave
   */
  static Pipeline of(List<RunStage> stages) {
    Map<Fact<?>, RunStage> givers = new HashMap<>();
    for (RunStage stage : stages) {
      for (Fact<?> fact : stage.requires()) {
        if (!givers.containsKey(fact)) {
          throw new IllegalStateException(
              "Stage '%s' requires '%s', which no stage before it gives."
                  .formatted(stage.name(), fact.name()));
        }
      }
      for (Fact<?> fact : stage.gives()) {
        RunStage other = givers.put(fact, stage);
        if (other != null && !stage.requires().contains(fact)) {
          throw new IllegalStateException(
              "Stage '%s' gives '%s' again, which stage '%s' gave."
                  .formatted(stage.name(), fact.name(), other.name()));
        }
      }
    }
    return new Pipeline(ImmutableList.copyOf(stages));
  }

  /** Runs the stages up to the last, or up to one that ends the run. */
  void run(OptimizationRun run, Facts facts) throws InterruptedException {
    for (RunStage stage : stages) {
      if (!run.stages().run(stage.name(), () -> stage.work().run(run, facts.handed(stage)))) {
        return;
      }
    }
  }

  ImmutableList<StageInfo> info() {
    return stages.stream().map(RunStage::info).collect(ImmutableList.toImmutableList());
  }
}
