package dev.partita.optimize;

import dev.partita.accelerator.Target;
import dev.partita.dense.Findings;
import dev.partita.dense.Region;
import dev.partita.model.GraphIndex;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.OptimizedStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.partition.PlanStrategy;
import dev.partita.partition.RandomStrategy;
import dev.partita.runtime.DataSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes a plan for every region. */
final class Planning {

  private Planning() {}

  /** Measures how large the inputs of layers are. */
  interface Scales {
    Map<String, float[]> measure(List<Region> regions, DataSet data) throws InterruptedException;
  }

  static Rewriting plan(
      Scales scales,
      OptimizeOptions options,
      Target target,
      GraphIndex index,
      Findings findings,
      RunData data)
      throws InterruptedException {
    DataSet calibration = data.calibration();
    Map<String, float[]> measured =
        calibration == null ? Map.of() : scales.measure(findings.regions(), calibration);
    PlanStrategy strategy = strategy(options);
    Map<Region, PartitionPlan> plans = new LinkedHashMap<>();
    for (Region region : findings.regions()) {
      PlanProblem problem =
          PlanProblem.of(
              region,
              target.accelerators(),
              layer -> InputScales.of(measured, layer),
              options.threads());
      plans.put(region, strategy.plan(problem));
    }
    return new Rewriting(index, plans);
  }

  private static PlanStrategy strategy(OptimizeOptions options) {
    return switch (options.strategy()) {
      case OPTIMIZED -> new OptimizedStrategy(options.seed());
      case CONTIGUOUS -> new ContiguousStrategy();
      case RANDOM -> new RandomStrategy(options.seed());
    };
  }
}
