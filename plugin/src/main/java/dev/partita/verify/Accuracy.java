package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import dev.partita.Reported;
import org.jspecify.annotations.Nullable;

/**
 * What a rewritten model's outputs are worth beside the original's, on one data set.
 *
 * @param data where the samples came from; says so where they are random
 * @param samples how many samples were compared
 * @param labelled whether the data carried labels
 * @param outputs figures for each graph output, in graph order
 * @param gates the conditions that were checked; empty with the gate switched off
 */
@Reported("What was measured, and on what.")
public record Accuracy(
    String data,
    long samples,
    boolean labelled,
    ImmutableList<OutputAccuracy> outputs,
    ImmutableList<GateResult> gates) {

  /**
   * Figures of one graph output; null where a figure does not apply.
   *
   * @param name the graph output
   * @param top1Before the original's labelled top-1 accuracy, 0 to 1
   * @param top1After the rewritten model's
   * @param agreement share of samples with the same arg-max
   * @param relativeError L2 norm of the difference over L2 norm of the original, over all samples
   * @param cosine mean over samples of the cosine between the two outputs
   * @param standardErrors the sampling error of each of the above
   */
  @Reported("What one output of the graph is worth beside the original's.")
  public record OutputAccuracy(
      String name,
      @Nullable Double top1Before,
      @Nullable Double top1After,
      @Nullable Double agreement,
      @Nullable Double relativeError,
      @Nullable Double cosine,
      StandardErrors standardErrors) {}

  /**
   * Standard errors of an output's figures over the drawing of the samples; null where the figure
   * is, NaN where a single sample says nothing about spread or the relative error is infinite.
   *
   * @param top1Drop of the difference of the two top-1 accuracies, paired by sample
   * @param agreement of the agreement
   * @param relativeError of the relative error
   * @param cosine of the mean cosine
   */
  @Reported("Sampling errors of the figures of an output.")
  public record StandardErrors(
      @Nullable Double top1Drop,
      @Nullable Double agreement,
      @Nullable Double relativeError,
      @Nullable Double cosine) {}

  /**
   * One condition of the gate.
   *
   * @param metric {@code accuracy_drop}, {@code agreement} or {@code relative_error}; or the name
   *     of the user's own, with {@code _drop} behind it
   * @param output the graph output it looked at; {@code *} for all
   * @param limit the value that may not be passed
   * @param value what was measured
   * @param standardError the sampling error of {@code value}, NaN where it is unknown; null of the
   *     user's own metric, of which nobody knows it
   * @param passed whether the condition holds
   * @param before what the user's own metric makes of the original; null for all others, and where
   *     it compares instead of scoring
   * @param after what it makes of the rewritten model; null likewise
   */
  @Reported(
      name = "Gate",
      value =
          "One accuracy condition: accuracy_drop and relative_error are at most the limit, agreement is at least.")
  public record GateResult(
      String metric,
      String output,
      double limit,
      double value,
      @Nullable Double standardError,
      boolean passed,
      @Nullable Double before,
      @Nullable Double after) {

    /** The output of a condition that is about all of them. */
    public static final String ALL_OUTPUTS = "*";

    /** A condition of what is measured here. */
    public GateResult(
        String metric,
        String output,
        double limit,
        double value,
        double standardError,
        boolean passed) {
      this(metric, output, limit, value, standardError, passed, null, null);
    }
  }

  /** Whether every condition holds; true where none was asked for. */
  public boolean passed() {
    return gates.stream().allMatch(GateResult::passed);
  }
}
