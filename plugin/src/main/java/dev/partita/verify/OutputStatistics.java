package dev.partita.verify;

import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.RowMask;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Accuracy.Intervals;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.verify.Accuracy.StandardErrors;
import dev.partita.verify.Reading.LabelUse;
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
  private final Reading reading;
  private final Decisions decisions;
  private final SampleStatistics differences = new SampleStatistics();
  private final SampleStatistics originals = new SampleStatistics();
  private final SampleStatistics cosines = new SampleStatistics();
  private final ColumnSpread spread = new ColumnSpread();
  private final ColumnSpread targetsBefore = new ColumnSpread();
  private final ColumnSpread targetsAfter = new ColumnSpread();
  private boolean broken;
  private boolean sizeDiffers;
  private boolean severalNumbers;
  private long positions;
  private long counted;
  private double[] before = new double[0];
  private double[] after = new double[0];

  OutputStatistics(TensorDescription output, DataSet data, Reading reading) {
    this.name = output.name();
    int last = output.rank() - 1;
    this.sequenceLast = last > 0 && output.shape().get(last) < 0;
    this.data = data;
    this.reading = reading;
    this.decisions = new Decisions(reading, data);
  }

  /** Adds a batch; tensors of different shapes are noted and not compared. */
  void add(Batch batch, RowMask mask, Tensor original, Tensor rewritten) {
    if (!original.shape().equals(rewritten.shape())) {
      sizeDiffers = true;
      return;
    }
    boolean byRow = original.rank() > 0 && original.shape().get(0) == batch.samples();
    int rows = byRow ? batch.counted() : 1;
    int width = byRow ? original.elements() / batch.samples() : original.elements();
    RowLayout layout = layout(original, byRow);
    BitSet kept = mask.elements(name, original.shape(), sequenceLast);
    if (before.length < width) {
      before = new double[width];
      after = new double[width];
    }
    spread.columns(layout.columns());
    targetsBefore.columns(layout.columns());
    targetsAfter.columns(layout.columns());
    for (int row = 0; row < rows && width > 0; row++) {
      original.readDoubles(row * width, before, width);
      rewritten.readDoubles(row * width, after, width);
      Decisions.Row numbers = new Decisions.Row(before, after, layout, kept, row * width);
      int left = count(numbers);
      if (left == 0) {
        continue;
      }
      severalNumbers |= left > 1;
      int sample = byRow ? batch.firstSample() + row : -1;
      broken |= addDistance(numbers, width);
      addTargets(numbers, width, sample);
      decisions.add(numbers, sample);
    }
  }

  /** The axis of the columns is that of the reading, where the output has it. */
  private RowLayout layout(Tensor tensor, boolean byRow) {
    int rank = tensor.rank();
    long[] shape = byRow ? tensor.shape().subArray(1, rank).toArray() : tensor.shape().toArray();
    int axis = reading.axis() - (byRow ? 1 : 0);
    return RowLayout.of(shape, reading.axis() < rank && axis >= 0 ? axis : -1);
  }

  /** How many numbers of a row count. */
  private int count(Decisions.Row row) {
    RowLayout layout = row.layout();
    int numbers = 0;
    for (int position = 0; position < layout.positions(); position++) {
      positions++;
      if (row.counts(layout.first(position))) {
        counted++;
        numbers += layout.columns();
      }
    }
    return numbers;
  }

  /** Adds a row's squared difference, squared original and cosine; returns whether it is broken. */
  private boolean addDistance(Decisions.Row row, int width) {
    double difference = 0;
    double originalSquare = 0;
    double rewrittenSquare = 0;
    double product = 0;
    boolean brokenRow = false;
    for (int i = 0; i < width; i++) {
      if (!row.counts(i)) {
        continue;
      }
      double left = before[i];
      double right = after[i];
      if (Double.isFinite(left) && Double.isFinite(right)) {
        difference += (left - right) * (left - right);
        originalSquare += left * left;
        rewrittenSquare += right * right;
        product += left * right;
        spread.add(row.layout().column(i), left, right);
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

  private void addTargets(Decisions.Row row, int width, int sample) {
    if (reading.labels() != LabelUse.TARGETS || sample < 0) {
      return;
    }
    for (int i = 0; i < width; i++) {
      if (row.counts(i) && Double.isFinite(before[i]) && Double.isFinite(after[i])) {
        double target = data.label(sample, i);
        targetsBefore.add(row.layout().column(i), target, before[i]);
        targetsAfter.add(row.layout().column(i), target, after[i]);
      }
    }
  }

  Decisions decisions() {
    return decisions;
  }

  /** Whether there are positions and a mask leaves out all of them. */
  boolean nothingCounts() {
    return positions > 0 && counted == 0;
  }

  OutputAccuracy figures(boolean reached, boolean dataDependent) {
    Tally worst = decisions.worst();
    boolean labelled = worst != null && worst.isLabelled();
    boolean targets = reading.labels() == LabelUse.TARGETS;
    double error = relativeError();
    boolean compared = differences.count() > 0;
    return new OutputAccuracy(
        name,
        labelled ? (Double) worst.accuracyBefore() : null,
        labelled ? (Double) worst.accuracyAfter() : null,
        worst == null ? null : (Double) worst.agreement(),
        compared || !sizeDiffers ? (Double) error : null,
        severalNumbers ? (Double) cosines.mean() : null,
        new StandardErrors(
            labelled ? (Double) worst.dropError() : null,
            worst == null ? null : (Double) worst.agreementError(),
            compared ? (Double) errorOf(error) : null,
            severalNumbers ? (Double) cosines.standardError() : null),
        reading.as().code(),
        reading.why(),
        reached,
        finite(spread.explained()),
        worst == null ? null : (Double) worst.commonest(),
        labelled ? (Double) worst.constantAccuracy() : null,
        new Intervals(
            labelled ? worst.dropInterval() : null,
            worst == null ? null : worst.agreementInterval()),
        targets ? finite(targetsBefore.mean()) : null,
        targets ? finite(targetsAfter.mean()) : null,
        decisions.exact(0),
        decisions.exact(1),
        decisions.exact(0) == null ? null : (Double) decisions.f1(0),
        decisions.exact(0) == null ? null : (Double) decisions.f1(1),
        positions,
        counted,
        dataDependent,
        sizeDiffers);
  }

  private static @Nullable Double finite(double value) {
    return Double.isNaN(value) ? null : (Double) value;
  }

  private double relativeError() {
    double difference = differences.sum();
    double error;
    if (broken) {
      error = Double.POSITIVE_INFINITY;
    } else if (difference == 0) {
      error = 0;
    } else {
      error = Math.sqrt(difference / originals.sum());
    }
    // Sums that overflow tell nothing, and nothing must not pass.
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }

  private double errorOf(double error) {
    if (differences.sum() == 0 && !broken) {
      return 0;
    }
    return Double.isFinite(error) ? differences.standardErrorOfRootRatio(originals) : Double.NaN;
  }
}
