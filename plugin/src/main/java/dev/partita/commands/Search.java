package dev.partita.commands;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Estimate;
import dev.partita.accelerator.Target;
import dev.partita.context.Inlining;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.region.RegionLayer;
import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.plan.Gain;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import dev.partita.report.schema.SearchReport;
import dev.partita.report.schema.SearchReport.Point;
import dev.partita.run.Common;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tries numbers of accelerators, ways of choosing blocks, bridges and sets of regions, each as a
 * whole run that writes nothing, and marks the Pareto-optimal ones in accuracy and time, and in
 * accuracy and energy. Accuracy is measured, time and energy are estimates.
 */
public final class Search {

  private static final ImmutableList<Integer> ACCELERATORS = ImmutableList.of(2, 4, 8, 16);
  private static final ImmutableList<Integer> RANKS = ImmutableList.of(0, 16, 32);

  private final Path input;
  private final Options options;
  private final Common common;
  private final ProgressListener listener;
  private final List<Point> points = new ArrayList<>();
  private final Set<String> warnings = new LinkedHashSet<>();
  private final Deque<Choice> open = new ArrayDeque<>();
  private @Nullable OptimizationReport first;

  private Search(Path input, Options options, Common common, ProgressListener listener) {
    this.common = common;
    this.input = input;
    this.options = options;
    this.listener = listener;
  }

  private record Choice(
      int accelerators, Strategy strategy, int rank, ImmutableMap<LayerKey, String> leftAlone) {}

  /**
   * Searches. The points do not depend on time, but how many there are does.
   *
   * @param options as for a run; the number of accelerators, if it is given, and the rank of
   *     bridges, if it is not 0, are kept
   * @param budget no run is begun after it; one run at least is made
   * @throws UsageException without data to measure on, or with a lossless strategy
   */
  public static SearchReport search(
      Path input, Options options, Duration budget, ProgressListener listener) {
    if (options.planning().strategy() == Strategy.LOSSLESS) {
      throw new UsageException(
          "A search does not apply to --strategy lossless.",
          "Choose a different strategy, or omit --strategy.");
    }
    if (!options.gate().on()) {
      throw new UsageException(
          "A search needs the gate to evaluate its choices.", "Omit --no-gate.");
    }
    options.requireDataForGate();
    try (Common common = new Common(options.planning().threads())) {
      return new Search(input, options, common, listener).run(budget);
    }
  }

  private SearchReport run(Duration budget) {
    Stopwatch watch = Stopwatch.createStarted();
    choices();
    while (!open.isEmpty() && (first == null || watch.elapsed().compareTo(budget) < 0)) {
      attempt(open.remove());
    }
    OptimizationReport found = Objects.requireNonNull(first);
    InputInfo model = found.input();
    Target own = Estimates.target(options);
    TargetInfo assumed = found.target();
    TargetInfo target =
        new TargetInfo(
            assumed.name(),
            own.accelerators(),
            assumed.dramSharing(),
            assumed.dims(),
            assumed.wordBits(),
            assumed.weightBits(),
            assumed.wordBitsSource(),
            assumed.equalAccelerators(),
            assumed.assumedDims());
    return new SearchReport(
        model, target, ParetoFront.mark(points), open.isEmpty(), ImmutableList.copyOf(warnings));
  }

  /** The coarse ones first, so that a short budget sees all numbers of accelerators. */
  private void choices() {
    Integer asked = options.target().accelerators();
    Target target = Estimates.target(options);
    // The number of unequal accelerators is that of the target's list.
    ImmutableList<Integer> counts =
        asked != null || !target.overrides().isEmpty()
            ? ImmutableList.of(target.accelerators())
            : ACCELERATORS;
    boolean repairs = options.effectiveRepair() != Repair.NONE;
    ImmutableList<Integer> ranks =
        options.repair().bridgeRank() > 0
            ? ImmutableList.of(options.repair().bridgeRank())
            : repairs ? RANKS : ImmutableList.of(0);
    for (int rank : ranks) {
      counts.forEach(
          count ->
              open.add(new Choice(count, options.planning().strategy(), rank, ImmutableMap.of())));
    }
    if (options.planning().strategy() == Strategy.OPTIMIZED) {
      // Natural order needs no Gather, which no estimate counts but some machines feel.
      counts.forEach(
          count ->
              open.add(new Choice(count, Strategy.CONTIGUOUS, ranks.get(0), ImmutableMap.of())));
    }
  }

  private void attempt(Choice choice) {
    Options chosen =
        options.toBuilder()
            .set(TargetOptions.ACCELERATORS, choice.accelerators())
            .set(PlanningOptions.STRATEGY, choice.strategy())
            .set(RepairOptions.BRIDGE_RANK, choice.rank())
            .leftAlone(choice.leftAlone())
            .build();
    OptimizationReport report = Optimizer.measure(input, chosen, common, listener);
    warnings.addAll(report.warnings());
    if (first == null) {
      first = report;
      original(report);
    }
    Accuracy accuracy = report.accuracy();
    RegionEstimate estimate = report.total();
    if (report.outcome() == Outcome.UNCHANGED || accuracy == null || estimate == null) {
      return;
    }
    points.add(point(choice, report, accuracy, estimate));
    if (!accuracy.passed()) {
      withoutWorst(choice, chosen, report);
    }
  }

  /** The model as it is, on one accelerator. */
  private void original(OptimizationReport report) {
    RegionEstimate estimate = report.total();
    if (estimate != null) {
      Estimate dense = estimate.of(sharing()).denseOnOne();
      points.add(
          new Point(
              1,
              options.planning().strategy(),
              0,
              ImmutableMap.of(),
              null,
              true,
              report.input().parameters(),
              estimate,
              dense.cycles(),
              dense.energyBreakdown().total(),
              false,
              false));
    }
  }

  private Point point(
      Choice choice, OptimizationReport report, Accuracy accuracy, RegionEstimate estimate) {
    Estimate pruned = estimate.of(sharing()).pruned();
    OptimizationReport.OutputInfo output = report.output();
    return new Point(
        choice.accelerators(),
        choice.strategy(),
        choice.rank(),
        choice.leftAlone(),
        accuracy.gates().get(0),
        accuracy.passed(),
        output == null ? report.input().parameters() : output.parameters(),
        estimate,
        pruned.cycles(),
        pruned.energyBreakdown().total(),
        false,
        false);
  }

  private DramSharing sharing() {
    return Estimates.sharing(options, Estimates.target(options));
  }

  /** Where the gate fails, the same without the region that is farthest off is worth a try. */
  private void withoutWorst(Choice choice, Options chosen, OptimizationReport report) {
    List<RegionReport> regions =
        report.regions().stream()
            .sorted(Comparator.comparingDouble(Search::harm).reversed())
            .toList();
    if (regions.size() > 1) {
      ImmutableMap.Builder<LayerKey, String> less = ImmutableMap.builder();
      less.putAll(choice.leftAlone());
      layers(chosen, regions.get(0).id()).forEach(layer -> less.put(layer.key(), layer.name()));
      open.add(
          new Choice(choice.accelerators(), choice.strategy(), choice.rank(), less.buildOrThrow()));
    }
  }

  /** The layers of a region, which every run with the same options finds. */
  private List<DenseLayer> layers(Options chosen, String id) {
    GraphIndex index = new GraphIndex(Inlining.of(ModelFile.read(input), chosen).model());
    return Gain.of(index, chosen, Estimates.target(chosen)).findings().regions().stream()
        .filter(region -> region.id().equals(id))
        .flatMap(region -> region.layers().stream())
        .map(RegionLayer::layer)
        .toList();
  }

  /** What is off, and what was lost where that is not known. */
  private static double harm(RegionReport region) {
    Double error = region.relativeErrorAfterRepair();
    Double retained = region.retainedImportance();
    return error != null ? error : retained == null ? 0 : 1 - retained;
  }
}
