package dev.partita.runtime;

/**
 * What is known to be right for each sample: a class number, a 0 or 1 for each of several labels, a
 * class for each position, or the numbers that a regression should give.
 */
public final class Labels {
  private final Tensor values;
  private final int perSample;
  private final boolean whole;
  private final boolean binary;
  private final boolean texts;

  private Labels(Tensor values, boolean texts) {
    this.texts = texts;
    this.values = values;
    this.perSample =
        values.shape().get(0) == 0 ? 0 : (int) (values.elements() / values.shape().get(0));
    boolean allWhole = true;
    boolean allBinary = true;
    for (int i = 0; i < values.elements(); i++) {
      double value = values.doubleAt(i);
      allWhole &= value == Math.rint(value);
      allBinary &= value == 0 || value == 1;
    }
    this.whole = allWhole;
    this.binary = allBinary;
  }

  /**
   * Labels of samples.
   *
   * @param values of any type of number, first axis the samples
   */
  public static Labels of(Tensor values) {
    if (values.rank() == 0) {
      throw new IllegalArgumentException("Labels need an axis of samples.");
    }
    return new Labels(values, false);
  }

  /** A class number for each sample. */
  public static Labels of(long[] classes) {
    return new Labels(Tensor.of(classes, classes.length), false);
  }

  /** A text for each sample, by the numbers that outputs of text have. */
  static Labels ofTexts(long[] codes) {
    return new Labels(Tensor.of(codes, codes.length), true);
  }

  /** Whether they are texts, which only an output of texts can be compared with. */
  public boolean areTexts() {
    return texts;
  }

  /** How many samples have labels. */
  public int samples() {
    return Math.toIntExact(values.shape().get(0));
  }

  /** How many numbers each sample has. */
  public int perSample() {
    return perSample;
  }

  /** Whether all are whole numbers, as classes are. */
  public boolean areWhole() {
    return whole;
  }

  /** Whether all are 0 or 1. */
  public boolean areBinary() {
    return binary;
  }

  /** Whether each sample has several labels of which one is 1 and the others are 0. */
  public boolean isOneHot() {
    for (int sample = 0; sample < samples(); sample++) {
      double sum = 0;
      for (int i = 0; i < perSample; i++) {
        sum += values.doubleAt(sample * perSample + i);
      }
      if (sum != 1) {
        return false;
      }
    }
    return binary && perSample > 1;
  }

  /** The shape of all of them, as in {@code [512, 10]}. */
  public String shapeText() {
    return values.shape().toString();
  }

  /** All of them, first axis the samples as they were given. */
  Tensor values() {
    return values;
  }
}
