package dev.partita.verify;

import dev.partita.runtime.Tensor;
import java.util.function.IntPredicate;

/**
 * How far an output is from its default condition, by its numbers alone: 1 where the condition just
 * holds, 0 where nothing changed. For those who improve a model; what is written is measured by
 * {@link Gate}.
 */
public final class OutputLoss {

  private final ReadAs as;
  private final int axis;
  private final ColumnSpread spread = new ColumnSpread();
  private double difference;
  private double size;
  private long decided;
  private long changed;
  private boolean broken;

  /** The loss of an output that is read so. */
  public OutputLoss(Reading reading) {
    this.as = reading.as();
    this.axis = reading.axis();
  }

  /**
   * Adds what both models make of the same samples.
   *
   * @param counts whether an element counts
   */
  public void add(Tensor original, Tensor rewritten, IntPredicate counts) {
    RowLayout layout = RowLayout.of(original.shape().toArray(), axis < original.rank() ? axis : -1);
    double[] before = new double[original.elements()];
    double[] after = new double[original.elements()];
    original.readDoubles(0, before, before.length);
    rewritten.readDoubles(0, after, after.length);
    spread.columns(layout.columns());
    for (int i = 0; i < before.length; i++) {
      if (counts.test(i)) {
        addNumber(layout.column(i), before[i], after[i]);
      }
    }
    for (int position = 0; position < layout.positions(); position++) {
      int first = layout.first(position);
      if (counts.test(first)) {
        decided++;
        changed +=
            Decisions.argMax(before, first, layout) == Decisions.argMax(after, first, layout)
                ? 0
                : 1;
      }
    }
  }

  private void addNumber(int column, double before, double after) {
    if (Double.isFinite(before) && Double.isFinite(after)) {
      difference += (before - after) * (before - after);
      size += before * before;
      spread.add(column, before, after);
    } else {
      broken |= Double.compare(before, after) != 0;
    }
  }

  /** The loss divided by its limit. */
  public double ratio() {
    if (broken) {
      return Double.POSITIVE_INFINITY;
    }
    return switch (as) {
      case CLASSES, SCORES -> decisions();
      case UNDECIDED ->
          Math.min(
              values(), Math.max(decisions(), unexplained(GateLimits.MIN_EXPLAINED_OF_UNDECIDED)));
      case PROBABILITIES, VALUES -> values();
    };
  }

  private double decisions() {
    return decided == 0
        ? 0
        : Gate.ratio((double) changed / decided, 1 - GateLimits.DEFAULT_MIN_AGREEMENT);
  }

  private double values() {
    double error = difference == 0 ? 0 : Math.sqrt(difference / size);
    return Math.max(
        Gate.ratio(error, GateLimits.DEFAULT_MAX_RELATIVE_ERROR),
        unexplained(GateLimits.DEFAULT_MIN_EXPLAINED));
  }

  private double unexplained(double least) {
    double explained = spread.explained();
    return Double.isNaN(explained) ? 0 : Gate.ratio(1 - explained, 1 - least);
  }
}
