package dev.partita.optimize;

import dev.partita.accelerator.Target;
import dev.partita.dense.Findings;
import dev.partita.dense.Region;
import dev.partita.model.GraphIndex;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Strategy;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.DraftedStrategy;
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
    InputScales measure(List<Region> regions, DataSet data, boolean withCovariance)
        throws InterruptedException;
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
    // What is to be repaired is planned for repair.
    boolean forRepair =
        options.strategy() == Strategy.OPTIMIZED
            && options.effectiveRepair() == Repair.LEAST_SQUARES;
    InputScales measured =
        calibration == null
            ? InputScales.NONE
            : scales.measure(inMainGraph(findings), calibration, forRepair);
    Map<Region, PartitionPlan> plans = new LinkedHashMap<>();
    for (Region region : findings.regions()) {
      // Values in bodies cannot be captured, so that nothing is known of them and nothing repaired.
      boolean main = region.graph().isMain();
      InputScales known = main ? measured : InputScales.NONE;
      PlanProblem problem =
          PlanProblem.of(
              region, target.accelerators(), known::scale, known::covariance, options.threads());
      plans.put(region, strategy(options, forRepair && main).plan(problem));
    }
    return new Rewriting(index, plans);
  }

  private static List<Region> inMainGraph(Findings findings) {
    return findings.regions().stream().filter(region -> region.graph().isMain()).toList();
  }

  private static PlanStrategy strategy(OptimizeOptions options, boolean forRepair) {
    return switch (options.strategy()) {
      case OPTIMIZED ->
          forRepair
              ? new DraftedStrategy(options.threads())
              : new OptimizedStrategy(options.seed());
      case CONTIGUOUS -> new ContiguousStrategy();
      case RANDOM -> new RandomStrategy(options.seed());
    };
  }
}
