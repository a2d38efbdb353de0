package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.UsageException;
import dev.partita.accelerator.DramSharing;
import dev.partita.dense.find.LayerKey;
import dev.partita.optimize.OptimizeOptions.IrVersion;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Soften;
import dev.partita.optimize.OptimizeOptions.Strategy;
import dev.partita.verify.OutputMetric;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects and checks {@link OptimizeOptions}; the parameters mean what its components do. */
public final class OptimizeOptionsBuilder {

  private @Nullable Integer accelerators;
  private String target = OptimizeOptions.DEFAULT_TARGET;
  private ImmutableMap<String, String> targetOverrides = ImmutableMap.of();
  private @Nullable String calibration;
  private @Nullable String validation;
  private @Nullable String paddingMask;
  private @Nullable Repair repair;
  private int distillSteps = OptimizeOptions.DEFAULT_DISTILL_STEPS;
  private int bridgeRank;
  private @Nullable Double maxAccuracyDrop;
  private @Nullable Double minAgreement;
  private @Nullable Double maxRelativeError;
  private @Nullable OutputMetric metric;
  private @Nullable Double maxMetricDrop;
  private @Nullable String gateOutput;
  private boolean gate = true;
  private Soften soften = Soften.AUTO;
  private ImmutableList<String> include = ImmutableList.of();
  private ImmutableList<String> exclude = ImmutableList.of();
  private ImmutableMap<LayerKey, String> leftAlone = ImmutableMap.of();
  private boolean inlineFunctions;
  private boolean fold;
  private int minBlock = OptimizeOptions.DEFAULT_MIN_BLOCK;
  private Strategy strategy = Strategy.OPTIMIZED;
  private long seed = 1;
  private IrVersion irVersion = IrVersion.AUTO;
  private ImmutableSortedMap<String, Long> dims = ImmutableSortedMap.of();
  private @Nullable DramSharing dramSharing;
  private boolean overwrite;
  private boolean dryRun;
  private boolean illustrations;
  private int threads = Runtime.getRuntime().availableProcessors();

  OptimizeOptionsBuilder() {}

  /** Every option as it is. */
  OptimizeOptionsBuilder(OptimizeOptions options) {
    this.accelerators = options.accelerators();
    this.target = options.target();
    this.targetOverrides = options.targetOverrides();
    this.calibration = options.calibration();
    this.validation = options.validation();
    this.paddingMask = options.paddingMask();
    this.repair = options.repair();
    this.distillSteps = options.distillSteps();
    this.bridgeRank = options.bridgeRank();
    this.maxAccuracyDrop = options.maxAccuracyDrop();
    this.minAgreement = options.minAgreement();
    this.maxRelativeError = options.maxRelativeError();
    this.metric = options.metric();
    this.maxMetricDrop = options.maxMetricDrop();
    this.gateOutput = options.gateOutput();
    this.gate = options.gate();
    this.soften = options.soften();
    this.include = options.include();
    this.exclude = options.exclude();
    this.leftAlone = options.leftAlone();
    this.inlineFunctions = options.inlineFunctions();
    this.fold = options.fold();
    this.minBlock = options.minBlock();
    this.strategy = options.strategy();
    this.seed = options.seed();
    this.irVersion = options.irVersion();
    this.dims = options.dims();
    this.dramSharing = options.dramSharing();
    this.overwrite = options.overwrite();
    this.dryRun = options.dryRun();
    this.illustrations = options.illustrations();
    this.threads = options.threads();
  }

  public OptimizeOptionsBuilder accelerators(@Nullable Integer accelerators) {
    this.accelerators = accelerators;
    return this;
  }

  public OptimizeOptionsBuilder target(String target) {
    this.target = target;
    return this;
  }

  public OptimizeOptionsBuilder targetOverrides(Map<String, String> targetOverrides) {
    this.targetOverrides = ImmutableMap.copyOf(targetOverrides);
    return this;
  }

  public OptimizeOptionsBuilder calibration(@Nullable String calibration) {
    this.calibration = calibration;
    return this;
  }

  public OptimizeOptionsBuilder validation(@Nullable String validation) {
    this.validation = validation;
    return this;
  }

  /** Which input marks padding. */
  public OptimizeOptionsBuilder paddingMask(@Nullable String input) {
    this.paddingMask = input;
    return this;
  }

  public OptimizeOptionsBuilder repair(@Nullable Repair repair) {
    this.repair = repair;
    return this;
  }

  /** How many gradient steps distillation takes. */
  public OptimizeOptionsBuilder distillSteps(int steps) {
    this.distillSteps = steps;
    return this;
  }

  /** How many numbers the branches tell each other at each end of a region; 0 for none. */
  public OptimizeOptionsBuilder bridgeRank(int rank) {
    this.bridgeRank = rank;
    return this;
  }

  public OptimizeOptionsBuilder maxAccuracyDrop(@Nullable Double maxAccuracyDrop) {
    this.maxAccuracyDrop = maxAccuracyDrop;
    return this;
  }

  public OptimizeOptionsBuilder minAgreement(@Nullable Double minAgreement) {
    this.minAgreement = minAgreement;
    return this;
  }

  public OptimizeOptionsBuilder maxRelativeError(@Nullable Double maxRelativeError) {
    this.maxRelativeError = maxRelativeError;
    return this;
  }

  /**
   * A measure of the user's own, beside the other conditions.
   *
   * @param maxDrop what it may lose, in its own unit; null where there is no metric
   */
  public OptimizeOptionsBuilder metric(@Nullable OutputMetric metric, @Nullable Double maxDrop) {
    this.metric = metric;
    this.maxMetricDrop = maxDrop;
    return this;
  }

  public OptimizeOptionsBuilder gateOutput(@Nullable String gateOutput) {
    this.gateOutput = gateOutput;
    return this;
  }

  public OptimizeOptionsBuilder gate(boolean gate) {
    this.gate = gate;
    return this;
  }

  /** Whether a region may be softened before it is taken back. */
  public OptimizeOptionsBuilder soften(Soften soften) {
    this.soften = soften;
    return this;
  }

  public OptimizeOptionsBuilder include(List<String> include) {
    this.include = ImmutableList.copyOf(include);
    return this;
  }

  public OptimizeOptionsBuilder exclude(List<String> exclude) {
    this.exclude = ImmutableList.copyOf(exclude);
    return this;
  }

  /** See {@link OptimizeOptions#fold}. */
  public OptimizeOptionsBuilder fold(boolean fold) {
    this.fold = fold;
    return this;
  }

  /** See {@link OptimizeOptions#inlineFunctions}. */
  OptimizeOptionsBuilder leftAlone(Map<LayerKey, String> leftAlone) {
    this.leftAlone = ImmutableMap.copyOf(leftAlone);
    return this;
  }

  public OptimizeOptionsBuilder inlineFunctions(boolean inlineFunctions) {
    this.inlineFunctions = inlineFunctions;
    return this;
  }

  public OptimizeOptionsBuilder minBlock(int minBlock) {
    this.minBlock = minBlock;
    return this;
  }

  public OptimizeOptionsBuilder strategy(Strategy strategy) {
    this.strategy = strategy;
    return this;
  }

  public OptimizeOptionsBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  public OptimizeOptionsBuilder irVersion(IrVersion irVersion) {
    this.irVersion = irVersion;
    return this;
  }

  public OptimizeOptionsBuilder dims(Map<String, Long> dims) {
    this.dims = ImmutableSortedMap.copyOf(dims);
    return this;
  }

  public OptimizeOptionsBuilder dramSharing(@Nullable DramSharing dramSharing) {
    this.dramSharing = dramSharing;
    return this;
  }

  public OptimizeOptionsBuilder overwrite(boolean overwrite) {
    this.overwrite = overwrite;
    return this;
  }

  public OptimizeOptionsBuilder dryRun(boolean dryRun) {
    this.dryRun = dryRun;
    return this;
  }

  /** Whether the report holds what a page shows beside it. */
  public OptimizeOptionsBuilder illustrations(boolean illustrations) {
    this.illustrations = illustrations;
    return this;
  }

  public OptimizeOptionsBuilder threads(int threads) {
    this.threads = threads;
    return this;
  }

  /**
   * The options, checked.
   *
   * @throws UsageException for a value out of its range and for options that contradict each other
   */
  public OptimizeOptions build() {
    OptimizeOptions options = options();
    OptimizeParameters.check(options);
    checkCombinations();
    return options;
  }

  private OptimizeOptions options() {
    return new OptimizeOptions(
        accelerators,
        target,
        targetOverrides,
        calibration,
        validation,
        paddingMask,
        repair,
        distillSteps,
        bridgeRank,
        maxAccuracyDrop,
        minAgreement,
        maxRelativeError,
        metric,
        maxMetricDrop,
        gateOutput,
        gate,
        soften,
        include,
        exclude,
        leftAlone,
        inlineFunctions,
        minBlock,
        strategy,
        seed,
        irVersion,
        fold,
        dims,
        dramSharing,
        overwrite,
        dryRun,
        illustrations,
        threads);
  }

  private void checkCombinations() {
    if ((metric == null) != (maxMetricDrop == null)) {
      throw new UsageException(
          metric == null
              ? "A limit on the metric drop was given, and no metric."
              : "A metric was given, and no limit on what it may lose.",
          "Give --metric COMMAND and --max-metric-drop X together.");
    }
    boolean asksForGate =
        maxAccuracyDrop != null
            || minAgreement != null
            || maxRelativeError != null
            || metric != null
            || gateOutput != null;
    if (!gate && asksForGate) {
      throw new UsageException(
          "An accuracy condition was given together with --no-gate.", "Drop one of the two.");
    }
    boolean repairs = repair != null && repair != Repair.NONE;
    if (repairs && strategy == Strategy.LOSSLESS) {
      throw new UsageException(
          "A lossless plan leaves nothing to repair.",
          "Give --repair none, or --strategy optimized.");
    }
    if (repairs && calibration == null) {
      throw new UsageException(
          "Repair needs calibration data.", "Give --calibration DATA, or --repair none.");
    }
    checkBridges();
  }

  private void checkBridges() {
    boolean repairs =
        repair == null
            ? calibration != null && strategy != Strategy.LOSSLESS
            : repair != Repair.NONE && strategy != Strategy.LOSSLESS;
    if (bridgeRank > 0 && !repairs) {
      throw new UsageException(
          "Bridges come from repair, and nothing is repaired.",
          "Give --calibration DATA and another strategy than lossless, or no --bridge-rank.");
    }
  }
}
