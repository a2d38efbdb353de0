package dev.partita.verify;

import com.google.common.util.concurrent.AtomicLongMap;
import java.util.Map;

/**
 * Decisions of two models to the same question, over all samples, with labels or without. Every
 * decision counts the same, however many a sample has.
 */
final class Tally {

  // One number for each row, because decisions of one row are not independent.
  private final SampleStatistics decisions = new SampleStatistics();
  private final SampleStatistics agreements = new SampleStatistics();
  private final SampleStatistics labelledDecisions = new SampleStatistics();
  private final SampleStatistics correctBefore = new SampleStatistics();
  private final SampleStatistics correctAfter = new SampleStatistics();
  private final SampleStatistics drops = new SampleStatistics();
  private final AtomicLongMap<Long> answers = AtomicLongMap.create();
  private final AtomicLongMap<Long> labels = AtomicLongMap.create();

  // Of the row that is being added.
  private int decided;
  private int same;
  private int labelled;
  private int rightBefore;
  private int rightAfter;

  // Of labelled decisions, over all rows.
  private long lost;
  private long gained;
  private final long[] yes = new long[3];
  private final long[] truePositives = new long[2];

  /** A decision without a label. */
  void add(long before, long after, boolean comparable) {
    decided++;
    same += comparable && before == after ? 1 : 0;
    answers.incrementAndGet(before);
  }

  /** The label of the decision that was added last. */
  void label(long label, long before, long after, boolean afterIsNumber) {
    boolean wasRight = before == label;
    boolean isRight = afterIsNumber && after == label;
    labelled++;
    rightBefore += wasRight ? 1 : 0;
    rightAfter += isRight ? 1 : 0;
    lost += wasRight && !isRight ? 1 : 0;
    gained += isRight && !wasRight ? 1 : 0;
    labels.incrementAndGet(label);
    yes[0] += label == 1 ? 1 : 0;
    yes[1] += before == 1 ? 1 : 0;
    yes[2] += after == 1 ? 1 : 0;
    truePositives[0] += label == 1 && before == 1 ? 1 : 0;
    truePositives[1] += label == 1 && after == 1 ? 1 : 0;
  }

  /** Ends a row: its numbers of equal and of right decisions are one sample of each figure. */
  void endRow() {
    if (decided > 0) {
      decisions.add(decided);
      agreements.add(same);
    }
    if (labelled > 0) {
      labelledDecisions.add(labelled);
      correctBefore.add(rightBefore);
      correctAfter.add(rightAfter);
      drops.add(rightBefore - rightAfter);
    }
    decided = 0;
    same = 0;
    labelled = 0;
    rightBefore = 0;
    rightAfter = 0;
  }

  boolean isEmpty() {
    return agreements.count() == 0;
  }

  boolean isLabelled() {
    return drops.count() > 0;
  }

  double agreement() {
    return agreements.sum() / decisions.sum();
  }

  double agreementError() {
    return agreements.standardErrorOfRatio(decisions);
  }

  /** Counts samples and not positions: those of one sample are not independent. */
  Interval agreementInterval() {
    return Interval.ofRate(agreement(), agreements.count());
  }

  double accuracyBefore() {
    return correctBefore.sum() / labelledDecisions.sum();
  }

  double accuracyAfter() {
    return correctAfter.sum() / labelledDecisions.sum();
  }

  double dropError() {
    return drops.standardErrorOfRatio(labelledDecisions);
  }

  Interval dropInterval() {
    double scale = (double) drops.count() / labels.sum();
    return Interval.ofDrop(lost * scale, gained * scale, drops.count());
  }

  /** The share of the original's commonest answer; 1 where its decisions are constant. */
  double commonest() {
    return answers.isEmpty() ? 1 : (double) answers.get(commonestAnswer()) / answers.sum();
  }

  private long commonestAnswer() {
    return answers.asMap().entrySet().stream()
        .max(Map.Entry.<Long, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .orElse(0L);
  }

  /** The accuracy of always giving the original's commonest answer. */
  double constantAccuracy() {
    return share(labels.get(commonestAnswer()));
  }

  /** The share of the commonest label. */
  double commonestLabel() {
    return share(labels.asMap().values().stream().mapToLong(Long::longValue).max().orElse(0));
  }

  private double share(long some) {
    return labels.isEmpty() ? 0 : (double) some / labels.sum();
  }

  /** F1 of yes against the labels: of the original for 0, of the candidate for 1. */
  double f1(int model) {
    long both = yes[0] + yes[model + 1];
    return both == 0 ? 1 : 2.0 * truePositives[model] / both;
  }
}
