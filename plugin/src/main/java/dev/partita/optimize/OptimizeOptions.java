package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.UsageException;
import dev.partita.accelerator.DramSharing;
import dev.partita.dense.find.LayerKey;
import dev.partita.verify.OutputMetric;
import org.jspecify.annotations.Nullable;

/**
 * What a run is asked to do. Built and checked by {@link #builder()}; null means that the default
 * named below holds.
 *
 * @param accelerators number of branches; null for as many as the target has
 * @param target name of a bundled target, or path of a YAML file
 * @param targetOverrides values that replace keys of the target
 * @param calibration data to plan and repair with, as the command line takes it; null for none
 * @param validation data to gate on; null for a quarter of the calibration data
 * @param paddingMask the input that is 0 at padding, which no statistic counts; "none" for no such
 *     input; null for "attention_mask" where the model has it
 * @param repair how weights are repaired; null for least squares with calibration data where
 *     weights may be lost, else none
 * @param distillSteps how many gradient steps distillation takes, at least 1
 * @param bridgeRank how many numbers the branches tell each other at each end of a region; 0 for
 *     none. Needs repair
 * @param maxAccuracyDrop limit on the labelled top-1 lost, 0 to 1, absolute; null where not set
 * @param minAgreement limit on the agreement of the arg-max, 0 to 1; null where not set
 * @param maxRelativeError limit on the relative error of the output; null where not set
 * @param metric a measure of the user's own; null for none
 * @param maxMetricDrop limit on what that measure may lose, in its own unit, 0 or more; given with
 *     a metric, and only then
 * @param gateOutput the graph output that the gate looks at; null for the first
 * @param gate whether an accuracy condition has to hold
 * @param soften whether a region may be softened before it is taken back
 * @param include globs over node names: what is cut although the rules would leave it whole
 * @param exclude globs over node names: what is left alone
 * @param leftAlone layers that are left alone whatever they are called, with what a person calls
 *     them; a search asks for that
 * @param inlineFunctions whether model-local functions with matrix products in them are replaced by
 *     their nodes, so that those can be cut
 * @param minBlock the fewest features of a space that a branch may have
 * @param strategy how plans are made
 * @param seed of every random choice
 * @param irVersion whether an older model is raised to the IR that carries figures on nodes
 * @param fold whether every region of the main graph is put into a model-local function
 * @param dims size that the estimates assume for a symbolic dimension, by its name; 1 where absent
 * @param dramSharing which estimate stands on the graph; null for the target's own
 * @param overwrite whether an existing output is replaced
 * @param dryRun whether to stop before anything is written
 * @param illustrations whether the report holds what a page shows beside it
 * @param threads how many threads to use, at least 1; never changes the result
 */
public record OptimizeOptions(
    @Nullable Integer accelerators,
    String target,
    ImmutableMap<String, String> targetOverrides,
    @Nullable String calibration,
    @Nullable String validation,
    @Nullable String paddingMask,
    @Nullable Repair repair,
    int distillSteps,
    int bridgeRank,
    @Nullable Double maxAccuracyDrop,
    @Nullable Double minAgreement,
    @Nullable Double maxRelativeError,
    @Nullable OutputMetric metric,
    @Nullable Double maxMetricDrop,
    @Nullable String gateOutput,
    boolean gate,
    Soften soften,
    ImmutableList<String> include,
    ImmutableList<String> exclude,
    ImmutableMap<LayerKey, String> leftAlone,
    boolean inlineFunctions,
    int minBlock,
    Strategy strategy,
    long seed,
    IrVersion irVersion,
    boolean fold,
    ImmutableSortedMap<String, Long> dims,
    @Nullable DramSharing dramSharing,
    boolean overwrite,
    boolean dryRun,
    boolean illustrations,
    int threads) {

  /** The target where none is named. */
  public static final String DEFAULT_TARGET = "tetris-3d";

  /** The smallest share of a space where nothing else is asked for, in features. */
  public static final int DEFAULT_MIN_BLOCK = 16;

  /** Gradient steps where nothing else is asked for. */
  public static final int DEFAULT_DISTILL_STEPS = 9000;

  /** How kept weights are recomputed. */
  public enum Repair {
    NONE,
    LEAST_SQUARES,
    /** Least squares, then gradient steps against the original's outputs. */
    DISTILL
  }

  /** What is done about a region with which the gate fails. */
  public enum Soften {
    /** Bridges, a shared entry or fewer branches are tried first. */
    AUTO,
    /** It is left whole at once. */
    NONE
  }

  /** How a plan is made. */
  public enum Strategy {
    OPTIMIZED,
    CONTIGUOUS,
    RANDOM,
    /** Along zeros only: what would lose a weight is left alone, and nothing is repaired. */
    LOSSLESS
  }

  /** What happens to the IR version of an older model. */
  public enum IrVersion {
    /** Raised to IR 10 where it is older, because node metadata begins there. */
    AUTO,
    KEEP
  }

  /** A builder with every default. */
  public static OptimizeOptionsBuilder builder() {
    return new OptimizeOptionsBuilder();
  }

  /** A builder with these options, to change some of them. */
  public OptimizeOptionsBuilder toBuilder() {
    return new OptimizeOptionsBuilder(this);
  }

  /** The repair that holds: what was asked for, else the default rule. */
  public Repair effectiveRepair() {
    if (repair != null) {
      return repair;
    }
    return calibration == null || strategy == Strategy.LOSSLESS
        ? Repair.NONE
        : Repair.LEAST_SQUARES;
  }

  /**
   * Refuses a run whose gate would have nothing to measure on. Kept apart from the builder because
   * looking at a model needs no data.
   *
   * @throws UsageException with the gate on and neither calibration nor validation data
   */
  public void requireDataForGate() {
    if (gate && calibration == null && validation == null) {
      throw new UsageException(
          "There is no data to check the result on.",
          "Give --calibration DATA (and --validation DATA), where DATA is an .npz file, a folder of"
              + " ONNX test data sets or random[:N]; or --no-gate to write without a check.");
    }
  }
}
