package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a data set's padding is marked, and what could not be told of it so far. How the marks are
 * meant is decided once, on all samples: a batch without padding looks different from the others.
 */
final class Padding {
  /** The input that marks padding where nothing else is said. */
  static final String USUAL = "attention_mask";

  /** Says that no input marks padding. */
  static final String NONE = "none";

  /** Masks that are added to scores hold numbers at least this far below what counts. */
  private static final double FAR_BELOW = 100;

  private final @Nullable String input;
  private final boolean asked;
  private final Marks marks;
  private final double largest;
  private final Set<String> notes = new LinkedHashSet<>();

  /** How an input marks positions. */
  private enum Marks {
    /** It marks none, or is not understood. */
    NOTHING,
    /** 0 is padding. */
    ZERO,
    /** It is added to scores: what counts has the largest number. */
    FAR_BELOW
  }

  private Padding(@Nullable String input, boolean asked, Marks marks, double largest) {
    this.largest = largest;
    this.input = input;
    this.asked = asked;
    this.marks = marks;
  }

  /** What was asked for; null for the usual input where the model has it. */
  static Padding of(@Nullable String asked, List<TensorDescription> inputs) {
    List<String> names = inputs.stream().map(TensorDescription::name).toList();
    if (asked == null) {
      return new Padding(names.contains(USUAL) ? USUAL : null, false, Marks.NOTHING, 0);
    }
    if (asked.equals(NONE)) {
      return none();
    }
    if (!names.contains(asked)) {
      throw new DataException(
          "The model has no input \"%s\" that could be a padding mask%s."
              .formatted(asked, Suggestion.forName(asked, names)),
          "Its inputs are " + String.join(", ", names) + "; or pass none.");
    }
    return new Padding(asked, true, Marks.NOTHING, 0);
  }

  static Padding none() {
    return new Padding(null, false, Marks.NOTHING, 0);
  }

  /**
   * Decides by all samples what the marks mean.
   *
   * @throws DataException where an input that was asked for marks nothing that is known here
   */
  Padding decided(SampleSource source) {
    String name = input;
    if (name == null) {
      return this;
    }
    boolean fits = true;
    boolean floating = false;
    boolean binary = true;
    double most = Double.NEGATIVE_INFINITY;
    double leastFinite = Double.POSITIVE_INFINITY;
    double secondMost = Double.NEGATIVE_INFINITY;
    for (int unit = 0; unit < source.units(); unit++) {
      Tensor mask = source.gather(new int[] {unit}, 0, 1).get(name);
      fits &= mask != null && mask.rank() > 1 && mask.shape().get(0) == source.samples(unit);
      for (int i = 0; mask != null && i < mask.elements(); i++) {
        double value = mask.doubleAt(i);
        binary &= value == 0 || value == 1;
        floating |= mask.type().isFloating();
        leastFinite = Double.isFinite(value) ? Math.min(leastFinite, value) : leastFinite;
        if (value > most) {
          secondMost = most;
          most = value;
        } else if (value < most) {
          secondMost = Math.max(secondMost, value);
        }
      }
    }
    boolean allZero = most == 0 && leastFinite == 0 && secondMost == Double.NEGATIVE_INFINITY;
    if (fits && binary && !(floating && allZero)) {
      return new Padding(name, asked, Marks.ZERO, most);
    }
    if (fits && Double.isFinite(most) && secondMost <= most - FAR_BELOW) {
      // Also where all of it is 0: nothing is padding.
      return new Padding(name, asked, Marks.FAR_BELOW, most);
    }
    String sentence =
        fits
            ? "\"%s\" holds neither 0 and 1 nor one number and others far below it"
            : "\"%s\" does not have a number for each position of each sample";
    if (asked) {
      throw new DataException(
          sentence.formatted(name) + ", so it cannot mark padding.",
          "Name another input with --padding-mask, or use --padding-mask none.");
    }
    Padding unknown = new Padding(null, false, Marks.NOTHING, 0);
    unknown.note(sentence.formatted(name) + "; everything counts, padding too.");
    return unknown;
  }

  @Nullable String input() {
    return input;
  }

  /** Which positions of a batch count. */
  record Positions(int length, BitSet counting) {}

  /**
   * The positions that count, {@code [samples, length]}; of a mask with more axes, as {@code [B, H,
   * query, key]}, those keys count that any query of any head sees.
   */
  Positions positions(Tensor mask, int samples, int counted) {
    int length = Math.toIntExact(mask.shape().get(mask.rank() - 1));
    int perSample = mask.elements() / Math.max(1, samples);
    BitSet counting = new BitSet(counted * length);
    for (int i = 0; i < counted * perSample; i++) {
      double value = mask.doubleAt(i);
      boolean kept =
          switch (marks) {
            case NOTHING -> true;
            case ZERO -> value != 0;
            case FAR_BELOW -> value > largest - FAR_BELOW;
          };
      if (kept) {
        counting.set(i / perSample * length + i % length);
      }
    }
    return new Positions(length, counting);
  }

  void unknown(String value) {
    note(
        "The sample and position axes of \"%s\" are unknown, so all its rows count, including padding."
            .formatted(value));
  }

  private synchronized void note(String sentence) {
    notes.add(sentence);
  }

  synchronized ImmutableList<String> notes() {
    return ImmutableList.copyOf(notes);
  }
}
