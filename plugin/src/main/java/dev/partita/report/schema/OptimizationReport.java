package dev.partita.report.schema;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.partita.Reported;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.DramSharing;
import dev.partita.spi.PassResult;
import dev.partita.verify.Accuracy;
import org.jspecify.annotations.Nullable;

/**
 * What a run did and what it is worth. Everything but {@link #run()} is the same for the same
 * input, options and seed.
 *
 * @param partita the version of the library
 * @param seed the seed of every random choice
 * @param outcome what became of the model
 * @param warnings sentences that the user should read
 * @param input the model that came in
 * @param output the model that was written, or with a dry run would be; null when rejected
 * @param target what the estimates assume
 * @param regions every region found, in the order of the graph
 * @param total estimates for all dense layers of the model, cut or not; null where nothing could be
 *     estimated
 * @param steps what was softened or taken back to meet the gate, in order
 * @param skipped every dense layer that was left alone, with its reason
 * @param operatorsNotCosted how many nodes of each type are not dense layers, and in no estimate
 * @param accuracy what the outputs are worth; null where no data was given
 * @param annotations the metadata of each written node, by its name, and on the model under the
 *     empty name; not part of the JSON report
 * @param illustrations the additional data of a page; null if it was not requested; not part of the
 *     JSON report
 * @param run what differs from run to run
 */
@Reported("The result of `optimize`; `outcome` is optimized, unchanged or rejected.")
public record OptimizationReport(
    String partita,
    long seed,
    Outcome outcome,
    ImmutableList<String> warnings,
    InputInfo input,
    @Nullable OutputInfo output,
    TargetInfo target,
    ImmutableList<RegionReport> regions,
    @Nullable RegionEstimate total,
    ImmutableList<Step> steps,
    ImmutableList<SkippedNode> skipped,
    ImmutableSortedMap<String, Integer> operatorsNotCosted,
    @Nullable Accuracy accuracy,
    @JsonIgnore ImmutableMap<String, ImmutableMap<String, String>> annotations,
    @JsonIgnore @Nullable Illustrations illustrations,
    RunInfo run)
    implements PassResult {

  /** A report on dense layers alone. */
  public OptimizationReport(
      String partita,
      long seed,
      Outcome outcome,
      ImmutableList<String> warnings,
      InputInfo input,
      @Nullable OutputInfo output,
      TargetInfo target,
      ImmutableList<RegionReport> regions,
      @Nullable RegionEstimate total,
      ImmutableList<Step> steps,
      ImmutableList<SkippedNode> skipped,
      @Nullable Accuracy accuracy,
      RunInfo run) {
    this(
        partita,
        seed,
        outcome,
        warnings,
        input,
        output,
        target,
        regions,
        total,
        steps,
        skipped,
        ImmutableSortedMap.of(),
        accuracy,
        ImmutableMap.of(),
        null,
        run);
  }

  @Override
  public boolean changed() {
    return outcome == Outcome.OPTIMIZED;
  }

  @Override
  public ImmutableList<String> summary() {
    return RunSummary.of(this);
  }

  /** What became of the model. */
  public enum Outcome {
    /** At least one region was rewritten and every gate holds. */
    OPTIMIZED,
    /** Nothing qualified; the output is the input's bytes. */
    UNCHANGED,
    /** A gate failed; nothing was written. */
    REJECTED
  }

  /** What became of a region. */
  public enum Status {
    REWRITTEN,
    /** Was rewritten, then taken back because a gate did not hold with it. */
    REVERTED,
    SKIPPED
  }

  /** What became of a layer of a region. */
  public enum LayerState {
    /** One block per branch. */
    CUT,
    /** Whole, behind the Concat, with weights recomputed on calibration data. */
    REFITTED,
    /** Whole, with its own weights. */
    WHOLE
  }

  /**
   * The model that came in.
   *
   * @param path as the caller gave it; {@code -} for standard input
   * @param sha256 of the model file, lower-case hexadecimal
   * @param bytes of the model file and its external data
   * @param irVersion the file's IR version
   * @param opset version of the default operator set
   * @param parameters elements of all initializers
   * @param operators how many nodes of each type the main graph has; not part of the JSON report
   * @param weights what holds the model's weights; not part of the JSON report, and null where
   *     nobody asked
   */
  @Reported(
      name = "InputModel",
      value = "The input model; `bytes` includes external data, `sha256` does not.")
  public record InputInfo(
      String path,
      String sha256,
      long bytes,
      long irVersion,
      long opset,
      long parameters,
      @JsonIgnore ImmutableSortedMap<String, Integer> operators,
      @JsonIgnore @Nullable WeightShares weights) {

    /** The same with what holds the weights. */
    public InputInfo with(WeightShares shares) {
      return new InputInfo(path, sha256, bytes, irVersion, opset, parameters, operators, shares);
    }
  }

  /**
   * The model that was written.
   *
   * @param path as the caller gave it; null with a dry run
   * @param sha256 of the model file; null with a dry run
   * @param bytes of the model file and its external data; null with a dry run
   * @param irVersion the file's IR version
   * @param parameters elements of all initializers
   * @param minimumOnnxRuntime the oldest ONNX Runtime that loads it, such as {@code 1.20}; null
   *     where that is not known
   * @param operators how many nodes of each type the main graph has; not part of the JSON report
   */
  @Reported(
      name = "OutputModel",
      value = "The output model; path, sha256 and bytes are None in a dry run.")
  public record OutputInfo(
      @Nullable String path,
      @Nullable String sha256,
      @Nullable Long bytes,
      long irVersion,
      long parameters,
      @Nullable String minimumOnnxRuntime,
      @JsonIgnore ImmutableSortedMap<String, Integer> operators) {}

  /**
   * What the estimates assume.
   *
   * @param name the target's name
   * @param accelerators how many, hence how many branches
   * @param dramSharing which of the two the figures on the graph are for
   * @param dims the size assumed for each symbolic dimension of the model
   * @param wordBits width of a word on the target, in bits; never that of the model's own types
   * @param weightBits width of a weight on the target, in bits; likewise
   * @param wordBitsSource where the target has that from, {@code set by the user} included; null
   *     where it does not say
   * @param equalAccelerators whether every accelerator is as the others
   * @param assumedDims those of the dimensions whose size nobody gave; not part of the JSON report
   */
  @Reported(name = "Target", value = "The target of the estimates.")
  public record TargetInfo(
      String name,
      int accelerators,
      DramSharing dramSharing,
      ImmutableSortedMap<String, Long> dims,
      int wordBits,
      int weightBits,
      @Nullable String wordBitsSource,
      boolean equalAccelerators,
      @JsonIgnore ImmutableSortedSet<String> assumedDims) {

    /** Equal accelerators with weights of the width of every word. */
    public TargetInfo(
        String name,
        int accelerators,
        DramSharing dramSharing,
        ImmutableSortedMap<String, Long> dims,
        int wordBits) {
      this(
          name,
          accelerators,
          dramSharing,
          dims,
          wordBits,
          wordBits,
          null,
          true,
          ImmutableSortedSet.of());
    }
  }

  /**
   * One region.
   *
   * @param id as in the node metadata
   * @param status what became of it
   * @param reason why it was skipped or taken back; null when rewritten
   * @param accelerators how many it uses, one for each branch
   * @param layers its dense layers, in the order of the graph
   * @param strategy how the plan was made; null when skipped
   * @param retainedImportance importance of the kept weights over that of all, 0 to 1; null when
   *     skipped
   * @param repair {@code none}, {@code least-squares} or {@code distill}; null when skipped
   * @param relativeErrorAfterRepair of the region's outputs on held-out calibration rows; null
   *     without calibration data
   * @param parametersBefore weights and biases of its layers
   * @param parametersAfter the same after the rewrite
   * @param bridgeRank rank of the bridges at its ends; 0 for none
   * @param estimate what its dense layers cost; null where that cannot be estimated
   * @param softened the action of the step that left it as it is; null where none did
   * @param alone the gate's metric with this region alone rewritten, as it was cut at first; null
   *     where the gate held at once
   */
  @Reported(
      name = "Region",
      value = "Dense layers that are cut together; `status` is rewritten, reverted or skipped.")
  public record RegionReport(
      String id,
      Status status,
      @Nullable String reason,
      int accelerators,
      ImmutableList<LayerReport> layers,
      @Nullable String strategy,
      @Nullable Double retainedImportance,
      @Nullable String repair,
      @Nullable Double relativeErrorAfterRepair,
      long parametersBefore,
      long parametersAfter,
      int bridgeRank,
      @Nullable RegionEstimate estimate,
      @Nullable String softened,
      @Nullable Double alone) {

    /** A region that the gate did not touch. */
    public RegionReport(
        String id,
        Status status,
        @Nullable String reason,
        int accelerators,
        ImmutableList<LayerReport> layers,
        @Nullable String strategy,
        @Nullable Double retainedImportance,
        @Nullable String repair,
        @Nullable Double relativeErrorAfterRepair,
        long parametersBefore,
        long parametersAfter,
        int bridgeRank,
        @Nullable RegionEstimate estimate) {
      this(
          id,
          status,
          reason,
          accelerators,
          layers,
          strategy,
          retainedImportance,
          repair,
          relativeErrorAfterRepair,
          parametersBefore,
          parametersAfter,
          bridgeRank,
          estimate,
          null,
          null);
    }
  }

  /**
   * One dense layer of a region.
   *
   * @param name the node's name
   * @param form how the layer is written in the graph, such as {@code Gemm} or {@code MatMul+Add}
   * @param in input features
   * @param out output features
   * @param state what became of it
   */
  @Reported(name = "Layer", value = "A dense layer of a region; `state` is cut, refitted or whole.")
  public record LayerReport(String name, String form, long in, long out, LayerState state) {}

  /**
   * The same layers with DRAM bandwidth private to each accelerator and shared by all.
   *
   * @param privateDram key {@code private} in the JSON report
   * @param sharedDram key {@code shared} in the JSON report
   */
  @Reported(
      name = "Estimate",
      value = "The same layers with private and with shared DRAM bandwidth.")
  public record RegionEstimate(
      @JsonProperty("private") Comparison privateDram,
      @JsonProperty("shared") Comparison sharedDram) {

    /** The one of the two. */
    public Comparison of(DramSharing sharing) {
      return sharing == DramSharing.PRIVATE ? privateDram : sharedDram;
    }
  }

  /**
   * One thing that was done, or left, by what the gate's metric says.
   *
   * @param region the region's id
   * @param action what was done: {@code bridged}, {@code shared}, {@code fewer-branches} or {@code
   *     reverted} to meet the gate; before that, {@code closing-cut} where the last layer turned
   *     out to be as good cut, and {@code closing-whole} where it did not
   * @param metric the gate's metric
   * @param alone its value with this region rewritten as it was before the step, and no other; of
   *     last layers, with all regions and this one's last layer whole
   * @param value its value after this step; null where nothing was left to measure
   * @param standardError the sampling error of {@code value}
   * @param passed whether the gate holds after this step
   * @param detail what was done, as a part of a sentence; null where the region was taken back
   * @param aloneAfter as {@code alone}, with the region as it is after the step; null likewise; of
   *     last layers, with this one's cut, whether that was kept or not
   * @param tried softenings that were tried before it and not kept, in order
   */
  @Reported("A region that was softened or left whole, with the gate's value after it.")
  public record Step(
      String region,
      String action,
      String metric,
      @Nullable Double alone,
      @Nullable Double value,
      @Nullable Double standardError,
      boolean passed,
      @Nullable String detail,
      @Nullable Double aloneAfter,
      ImmutableList<Trial> tried) {

    /** The action of a region that is taken back. */
    public static final String REVERTED = "reverted";

    /** The action of a region whose last layer is cut, since that does no harm. */
    public static final String CLOSING_CUT = "closing-cut";

    /** The action of a region whose last layer was cut for a trial and stays whole. */
    public static final String CLOSING_WHOLE = "closing-whole";

    /** Whether the last layer of a model was measured, before anything was held to the gate. */
    public boolean isOfClosingLayer() {
      return action.equals(CLOSING_CUT) || action.equals(CLOSING_WHOLE);
    }

    /** A step before which nothing was tried. */
    public Step(
        String region,
        String action,
        String metric,
        @Nullable Double alone,
        @Nullable Double value,
        @Nullable Double standardError,
        boolean passed) {
      this(
          region,
          action,
          metric,
          alone,
          value,
          standardError,
          passed,
          null,
          null,
          ImmutableList.of());
    }
  }

  /**
   * A softening that did not serve: with it, the region alone fails the gate or does no less harm.
   *
   * @param action as that of a step
   * @param detail what was tried, as a part of a sentence
   * @param cycles estimated time of the region's dense layers with it
   * @param alone the gate's metric with this region so rewritten and no other
   * @param passed whether the gate holds so
   */
  @Reported(
      "A softening that was tried and rejected; `alone` is the metric of the region "
          + "by itself.")
  public record Trial(
      String action, String detail, long cycles, @Nullable Double alone, boolean passed) {}

  /**
   * A dense layer that was left alone.
   *
   * @param node its name
   * @param op its operator type
   * @param reason a code, such as {@code TOO_SMALL}
   * @param detail a sentence
   */
  @Reported(name = "Skipped", value = "A dense layer that was left alone: a code and a sentence.")
  public record SkippedNode(String node, String op, String reason, String detail) {}

  /**
   * What differs from run to run.
   *
   * @param stages wall-clock time of each stage, in order
   * @param peakHeapBytes an upper bound of the heap in use: the peaks of its pools added up, and no
   *     more than its limit
   * @param threads how many threads the run was given
   */
  @Reported(name = "Run", value = "Values that differ between runs.")
  public record RunInfo(ImmutableList<Stage> stages, long peakHeapBytes, int threads) {}

  /**
   * One stage of a run.
   *
   * @param name its name
   * @param millis wall-clock time in milliseconds
   */
  @Reported("Wall time of a stage.")
  public record Stage(String name, long millis) {}
}
