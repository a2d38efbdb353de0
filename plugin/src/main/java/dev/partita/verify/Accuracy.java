package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import dev.partita.Reported;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a rewritten model's outputs compare with the original's on one data set.
 *
 * @param data where the samples came from; says so where they are random
 * @param samples how many samples were compared
 * @param labelled whether the data carried labels
 * @param outputs figures for each graph output, in graph order
 * @param gates the conditions that were checked; empty with the gate switched off
 * @param notes what a reader of the figures has to know, in sentences
 */
@Reported("What was measured, and on what.")
public record Accuracy(
    String data,
    long samples,
    boolean labelled,
    ImmutableList<OutputAccuracy> outputs,
    ImmutableList<GateResult> gates,
    ImmutableList<String> notes) {

  /**
   * Figures of one graph output; null where a figure does not apply.
   *
   * @param name the graph output
   * @param top1Before the share of the original's decisions that are as the labels say, 0 to 1: the
   *     top-1 accuracy of a classifier; of the worst column where each column decides
   * @param top1After the rewritten model's
   * @param agreement share of decisions that are the same in both models; of the worst column where
   *     each column decides
   * @param relativeError L2 norm of the difference over L2 norm of the original, over all samples
   * @param cosine mean over samples of the cosine between the two outputs; null where a sample has
   *     one number
   * @param standardErrors the sampling error of each of the above
   * @param readAs how the output was read: classes, scores, probabilities, values, undecided; other
   *     where it cannot be compared
   * @param readBecause why, as a part of a sentence
   * @param reached whether a region that is cut leads to it
   * @param explained share of the variance about the column means that remains explained: of the
   *     worst column up to 16 columns, else the mean over columns; constant columns are left out
   * @param commonest share of the original's commonest decision, of the column of the agreement
   * @param commonestAccuracy the labelled accuracy of always giving the commonest decision
   * @param intervals where the true rates lie
   * @param r2Before the original's coefficient of determination against the targets, mean over
   *     columns
   * @param r2After the rewritten model's
   * @param exactBefore share of samples all of whose labels the original has right; null without
   *     several labels a sample
   * @param exactAfter the rewritten model's
   * @param f1Before the original's F1, mean over columns; null likewise
   * @param f1After the rewritten model's
   * @param positions how many positions the output has: samples, or tokens, pixels, steps
   * @param counted how many of them a mask does not leave out
   * @param dataDependent whether its size depends on the data, as that of boxes after a
   *     NonMaxSuppression does
   * @param sizeDiffers whether its size is not the original's in some batch; such batches are in no
   *     figure
   */
  @Reported("How one output of the graph compares with the original's.")
  public record OutputAccuracy(
      String name,
      @Nullable Double top1Before,
      @Nullable Double top1After,
      @Nullable Double agreement,
      @Nullable Double relativeError,
      @Nullable Double cosine,
      StandardErrors standardErrors,
      String readAs,
      String readBecause,
      boolean reached,
      @Nullable Double explained,
      @Nullable Double commonest,
      @Nullable Double commonestAccuracy,
      Intervals intervals,
      @Nullable Double r2Before,
      @Nullable Double r2After,
      @Nullable Double exactBefore,
      @Nullable Double exactAfter,
      @Nullable Double f1Before,
      @Nullable Double f1After,
      long positions,
      long counted,
      boolean dataDependent,
      boolean sizeDiffers) {

    /** How outputs are read that cannot be compared. */
    static final String OTHER = "other";

    /** Of an output that cannot be compared, with what it is. */
    static OutputAccuracy other(String name, String what) {
      return new OutputAccuracy(
          name,
          null,
          null,
          null,
          null,
          null,
          new StandardErrors(null, null, null, null),
          OTHER,
          what,
          true,
          null,
          null,
          null,
          new Intervals(null, null),
          null,
          null,
          null,
          null,
          null,
          null,
          0,
          0,
          false,
          false);
    }
  }

  /**
   * Where the true rates lie with 95 % confidence; null where the figure is.
   *
   * @param top1Drop Wilson's interval of the losses among the samples that changed, in units of the
   *     drop
   * @param agreement Wilson's interval of the agreement
   */
  @Reported("Where the true rates of an output lie with 95 % confidence.")
  public record Intervals(@Nullable Interval top1Drop, @Nullable Interval agreement) {}

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
   * @param metric {@code accuracy_drop}, {@code agreement}, {@code relative_error}, {@code
   *     explained}, {@code cosine}, {@code r2_drop} or {@code size}; or the name of the user's own,
   *     followed by {@code _drop}
   * @param output the graph output it is about; {@code *} for all
   * @param limit the value that may not be passed
   * @param value what was measured
   * @param standardError the sampling error of {@code value}, NaN where it is unknown; null of
   *     figures that have none here
   * @param passed whether the condition holds
   * @param before what the user's own metric makes of the original; null for all others, and where
   *     it compares instead of scoring
   * @param after what it makes of the rewritten model; null likewise
   * @param interval where the true value of a rate lies with 95 % confidence; null for all else
   */
  @Reported(
      name = "Gate",
      value =
          "One accuracy condition: agreement, explained and cosine are at least the limit, all others at most.")
  public record GateResult(
      String metric,
      String output,
      double limit,
      double value,
      @Nullable Double standardError,
      boolean passed,
      @Nullable Double before,
      @Nullable Double after,
      @Nullable Interval interval) {

    /** The output of a condition that is about all of them. */
    public static final String ALL_OUTPUTS = "*";

    /** A condition of what is measured here. */
    public GateResult(
        String metric,
        String output,
        double limit,
        double value,
        @Nullable Double standardError,
        boolean passed) {
      this(metric, output, limit, value, standardError, passed, null, null, null);
    }
  }

  /** The same figures with more notes. */
  public Accuracy withNotes(List<String> more) {
    return with(gates, more);
  }

  /** The same figures with the conditions that were checked, and more notes. */
  Accuracy with(List<GateResult> checked, List<String> more) {
    return new Accuracy(
        data,
        samples,
        labelled,
        outputs,
        ImmutableList.copyOf(checked),
        ImmutableList.<String>builder().addAll(notes).addAll(more).build());
  }

  /** Whether every condition holds; true where none was asked for. */
  public boolean passed() {
    return gates.stream().allMatch(GateResult::passed);
  }
}
