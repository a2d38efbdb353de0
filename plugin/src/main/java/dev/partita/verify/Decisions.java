package dev.partita.verify;

import dev.partita.runtime.DataSet;
import dev.partita.verify.Reading.LabelUse;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What two models decide by an output: the class of the largest score at each position, yes or no
 * in each column, or the number itself.
 */
final class Decisions {

  private final Reading reading;
  private final DataSet data;
  private final List<Tally> tallies = new ArrayList<>();
  private final SampleStatistics exactBefore = new SampleStatistics();
  private final SampleStatistics exactAfter = new SampleStatistics();

  Decisions(Reading reading, DataSet data) {
    this.reading = reading;
    this.data = data;
  }

  /** One sample's numbers of an original and of a candidate. */
  record Row(double[] before, double[] after, RowLayout layout, @Nullable BitSet kept, int from) {
    boolean counts(int element) {
      return kept == null || kept.get(from + element);
    }
  }

  /**
   * Adds a row.
   *
   * @param sample whose row it is; -1 where it is of all samples together
   */
  void add(Row row, int sample) {
    switch (reading.as()) {
      case SCORES, UNDECIDED -> addScores(row, sample);
      case PROBABILITIES -> addProbabilities(row, sample);
      case CLASSES -> addClasses(row, sample);
      case VALUES -> {}
    }
    tallies.forEach(Tally::endRow);
  }

  private Tally tally(int column) {
    while (tallies.size() <= column) {
      tallies.add(new Tally());
    }
    return tallies.get(column);
  }

  private boolean isLabelled(int sample, int decisions) {
    return reading.labels() == LabelUse.DECISIONS
        && sample >= 0
        && data.labels() != null
        && data.labels().perSample() == decisions;
  }

  private void addScores(Row row, int sample) {
    RowLayout layout = row.layout();
    Tally tally = tally(0);
    boolean labelled = isLabelled(sample, layout.positions());
    for (int position = 0; position < layout.positions(); position++) {
      int first = layout.first(position);
      if (!row.counts(first)) {
        continue;
      }
      int before = argMax(row.before(), first, layout);
      int after = argMax(row.after(), first, layout);
      tally.add(before, after, !isBroken(row, first, layout));
      if (labelled) {
        long label = (long) data.label(sample, position);
        if (label >= 0) {
          boolean wasNumber = !Double.isNaN(row.before()[first + before * layout.inner()]);
          boolean isNumber = !Double.isNaN(row.after()[first + after * layout.inner()]);
          tally.label(label, wasNumber ? before : -1, after, isNumber);
        }
      }
    }
  }

  /** Whether a number of the position is NaN or infinite in one model and another in the other. */
  private static boolean isBroken(Row row, int first, RowLayout layout) {
    for (int column = 0; column < layout.columns(); column++) {
      double before = row.before()[first + column * layout.inner()];
      double after = row.after()[first + column * layout.inner()];
      if ((!Double.isFinite(before) || !Double.isFinite(after))
          && Double.compare(before, after) != 0) {
        return true;
      }
    }
    return false;
  }

  /** The first of the largest; NaN counts as larger than any number, as in NumPy. */
  static int argMax(double[] values, int first, RowLayout layout) {
    int best = 0;
    double most = values[first];
    for (int column = 1; column < layout.columns() && !Double.isNaN(most); column++) {
      double value = values[first + column * layout.inner()];
      if (value > most || Double.isNaN(value)) {
        best = column;
        most = value;
      }
    }
    return best;
  }

  private void addProbabilities(Row row, int sample) {
    RowLayout layout = row.layout();
    int elements = layout.positions() * layout.columns();
    boolean labelled = isLabelled(sample, elements);
    boolean allBefore = true;
    boolean allAfter = true;
    for (int i = 0; i < elements; i++) {
      if (!row.counts(i)) {
        continue;
      }
      Tally tally = tally(layout.column(i));
      long before = row.before()[i] > reading.threshold() ? 1 : 0;
      long after = row.after()[i] > reading.threshold() ? 1 : 0;
      boolean isNumber = !Double.isNaN(row.after()[i]);
      tally.add(before, after, isNumber || Double.isNaN(row.before()[i]));
      if (labelled) {
        long label = (long) data.label(sample, i);
        tally.label(label, before, after, isNumber);
        allBefore &= before == label;
        allAfter &= isNumber && after == label;
      }
    }
    if (labelled) {
      exactBefore.add(allBefore ? 1 : 0);
      exactAfter.add(allAfter ? 1 : 0);
    }
  }

  private void addClasses(Row row, int sample) {
    int elements = row.layout().positions() * row.layout().columns();
    boolean labelled = isLabelled(sample, elements);
    Tally tally = tally(0);
    for (int i = 0; i < elements; i++) {
      if (row.counts(i)) {
        long before = (long) row.before()[i];
        long after = (long) row.after()[i];
        tally.add(before, after, true);
        if (labelled) {
          tally.label((long) data.label(sample, i), before, after, true);
        }
      }
    }
  }

  /**
   * The decisions of the column that is worst off against what the default conditions allow; null
   * where nothing was decided.
   */
  @Nullable Tally worst() {
    return tallies.stream()
        .filter(tally -> !tally.isEmpty())
        .max(Comparator.comparingDouble(Decisions::loss))
        .orElse(null);
  }

  private static double loss(Tally tally) {
    if (tally.isLabelled()) {
      double drop = tally.accuracyBefore() - tally.accuracyAfter();
      return Gate.ratio(
          drop,
          Gate.accuracyDropLimit(
              GateLimits.DEFAULT_MAX_ACCURACY_DROP,
              tally.accuracyBefore(),
              tally.constantAccuracy()));
    }
    return Gate.ratio(
        1 - tally.agreement(),
        1 - Gate.agreementLimit(GateLimits.DEFAULT_MIN_AGREEMENT, tally.commonest()));
  }

  /** Whether nothing is decided, or every question always has the same answer. */
  boolean areConstant() {
    return tallies.stream().allMatch(tally -> tally.commonest() == 1);
  }

  /** Mean F1 over the columns: of the original for 0, of the candidate for 1. */
  double f1(int model) {
    return tallies.stream().mapToDouble(tally -> tally.f1(model)).average().orElse(Double.NaN);
  }

  /** The share of samples all of whose labels are right; null without several labels. */
  @Nullable Double exact(int model) {
    SampleStatistics which = model == 0 ? exactBefore : exactAfter;
    return which.count() == 0 || tallies.size() < 2 ? null : (Double) which.mean();
  }
}
