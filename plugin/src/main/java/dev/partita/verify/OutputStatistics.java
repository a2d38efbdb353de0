package dev.partita.verify;

import dev.partita.model.ElementType;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.RowMask;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.verify.Accuracy.StandardErrors;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Figures of one graph output, a few numbers for each sample.
 *
 * <p>A sample is a row of the first axis where that axis counts the batch's samples, else the whole
 * batch. Values that are the same NaN or infinity in both models are equal and left out of the
 * sums; any other NaN or infinity makes the relative error infinite.
 */
final class OutputStatistics {
  private final String name;
  private final DataSet data;
  private final boolean sequenceLast;
  private final SampleStatistics differences = new SampleStatistics();
  private final SampleStatistics originals = new SampleStatistics();
  private final SampleStatistics cosines = new SampleStatistics();
  private final SampleStatistics agreements = new SampleStatistics();
  private final SampleStatistics correctBefore = new SampleStatistics();
  private final SampleStatistics correctAfter = new SampleStatistics();
  private final SampleStatistics drops = new SampleStatistics();
  private boolean scores = true;
  private boolean labelsFit;
  private @Nullable String misfit;
  private boolean broken;
  private double[] before = new double[0];
  private double[] after = new double[0];

  OutputStatistics(TensorDescription output, DataSet data) {
    this.name = output.name();
    int last = output.rank() - 1;
    this.sequenceLast = last > 0 && output.shape().get(last) < 0;
    this.data = data;
    this.labelsFit = data.labelled();
  }

  /** Adds a batch; both tensors have the same type and shape. */
  void add(Batch batch, RowMask mask, Tensor original, Tensor rewritten) {
    boolean byRow = original.rank() > 0 && original.shape().get(0) == batch.samples();
    int rows = byRow ? batch.counted() : 1;
    int width = byRow ? original.elements() / batch.samples() : original.elements();
    BitSet kept = mask.elements(name, original.shape(), sequenceLast);
    scores &= byRow && original.rank() == 2 && width >= 2 && holdsScores(original.type());
    if (before.length < width) {
      before = new double[width];
      after = new double[width];
    }
    for (int row = 0; row < rows; row++) {
      original.readDoubles(row * width, before, width);
      rewritten.readDoubles(row * width, after, width);
      int left = leaveOut(kept, row * width, width);
      if (left == width && width > 0) {
        continue;
      }
      boolean brokenRow = addDistance(width);
      broken |= brokenRow;
      if (scores) {
        addScores(batch.firstSample() + row, width, brokenRow);
      } else if (isExact(original.type()) && width > 0) {
        agreements.add(same(original, rewritten, kept, row * width, width) / (width - left));
      }
    }
  }

  /**
   * Takes what does not count out of the row: minus infinity on both sides is in no sum, and never
   * the largest. Returns how much that is.
   */
  private int leaveOut(@Nullable BitSet kept, int from, int width) {
    int left = 0;
    for (int i = 0; kept != null && i < width; i++) {
      if (!kept.get(from + i)) {
        before[i] = Double.NEGATIVE_INFINITY;
        after[i] = Double.NEGATIVE_INFINITY;
        left++;
      }
    }
    return left;
  }

  private static double same(
      Tensor original, Tensor rewritten, @Nullable BitSet kept, int from, int width) {
    if (kept == null) {
      return original.sameElements(rewritten, from, width);
    }
    int same = 0;
    for (int i = from; i < from + width; i++) {
      same += kept.get(i) ? original.sameElements(rewritten, i, 1) : 0;
    }
    return same;
  }

  /** Floats and quantized scores; wider whole numbers are indices or counts and have no arg-max. */
  private static boolean holdsScores(ElementType type) {
    return type.isFloating() || type == ElementType.INT8 || type == ElementType.UINT8;
  }

  private static boolean isExact(ElementType type) {
    return !holdsScores(type);
  }

  /** Adds a row's squared difference, squared original and cosine; returns whether it is broken. */
  private boolean addDistance(int width) {
    double difference = 0;
    double originalSquare = 0;
    double rewrittenSquare = 0;
    double product = 0;
    boolean brokenRow = false;
    for (int i = 0; i < width; i++) {
      double left = before[i];
      double right = after[i];
      if (Double.isFinite(left) && Double.isFinite(right)) {
        difference += (left - right) * (left - right);
        originalSquare += left * left;
        rewrittenSquare += right * right;
        product += left * right;
      } else {
        brokenRow |= Double.compare(left, right) != 0;
      }
    }
    differences.add(difference);
    originals.add(originalSquare);
    cosines.add(brokenRow ? 0 : cosine(product, originalSquare, rewrittenSquare));
    return brokenRow;
  }

  private static double cosine(double product, double left, double right) {
    if (left == 0 || right == 0) {
      return left == right ? 1 : 0;
    }
    return Math.max(-1, Math.min(1, product / (Math.sqrt(left) * Math.sqrt(right))));
  }

  private void addScores(int sample, int classes, boolean brokenRow) {
    int first = argMax(before, classes);
    int second = argMax(after, classes);
    agreements.add(!brokenRow && first == second ? 1 : 0);
    if (!labelsFit) {
      return;
    }
    long label = data.label(sample);
    if (label < 0 || label >= classes) {
      labelsFit = false;
      misfit =
          "%s: label %d of sample %d is none of the %d classes of the output \"%s\"."
              .formatted(data.description(), label, sample, classes, name);
      return;
    }
    int rightBefore = first == label && !Double.isNaN(before[first]) ? 1 : 0;
    int rightAfter = second == label && !Double.isNaN(after[second]) ? 1 : 0;
    correctBefore.add(rightBefore);
    correctAfter.add(rightAfter);
    drops.add(rightBefore - rightAfter);
  }

  /** The first of the largest values; NaN counts as larger than any number, as in NumPy. */
  private static int argMax(double[] values, int count) {
    int best = 0;
    for (int i = 1; i < count && !Double.isNaN(values[best]); i++) {
      if (values[i] > values[best] || Double.isNaN(values[i])) {
        best = i;
      }
    }
    return best;
  }

  /** Why the labels cannot be classes of this output, or null. */
  @Nullable String misfit() {
    return scores ? misfit : null;
  }

  boolean hasTop1() {
    return scores && labelsFit && drops.count() > 0;
  }

  OutputAccuracy figures() {
    boolean agreeing = agreements.count() == differences.count();
    double difference = differences.sum();
    double original = originals.sum();
    double error;
    if (broken) {
      error = Double.POSITIVE_INFINITY;
    } else if (difference == 0) {
      error = 0;
    } else {
      error = Math.sqrt(difference / original);
    }
    // Sums that overflow tell nothing, and nothing must not pass.
    error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    double errorOfError;
    if (difference == 0 && !broken) {
      errorOfError = 0;
    } else {
      errorOfError =
          Double.isFinite(error) ? differences.standardErrorOfRootRatio(originals) : Double.NaN;
    }
    return new OutputAccuracy(
        name,
        hasTop1() ? (Double) correctBefore.mean() : null,
        hasTop1() ? (Double) correctAfter.mean() : null,
        agreeing ? (Double) agreements.mean() : null,
        error,
        cosines.mean(),
        new StandardErrors(
            hasTop1() ? (Double) drops.standardError() : null,
            agreeing ? (Double) agreements.standardError() : null,
            errorOfError,
            cosines.standardError()));
  }
}
