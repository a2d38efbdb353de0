package dev.partita.verify;

import com.google.common.collect.ImmutableSet;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How an output is read.
 *
 * @param as what its numbers are
 * @param axis of the classes or columns, from the front; -1 where there is one column or none is
 *     known
 * @param threshold above which a number means yes; only for probabilities
 * @param labels what the labels of the data are to it
 * @param why the evidence, as a part of a sentence
 */
public record Reading(ReadAs as, int axis, double threshold, LabelUse labels, String why) {

  /** What labels are to an output. */
  public enum LabelUse {
    NONE,
    /** What its decisions should be, as many for each sample as there are decisions. */
    DECISIONS,
    /** What its numbers should be. */
    TARGETS
  }

  /**
   * What a user says an output is.
   *
   * @param as what its numbers are
   * @param axis of the scores, from the front, or from the end where it is negative; empty for the
   *     usual one
   */
  public record Asked(ReadAs as, OptionalInt axis) {
    private static final Pattern FORM = Pattern.compile("([a-z]+)(?:@(-?\\d{1,2}))?");
    private static final ImmutableSet<ReadAs> CHOICES =
        ImmutableSet.of(ReadAs.CLASSES, ReadAs.SCORES, ReadAs.PROBABILITIES, ReadAs.VALUES);

    /**
     * Reads {@code scores}, {@code scores@AXIS}, {@code probabilities}, {@code values} or {@code
     * classes}.
     *
     * @throws IllegalArgumentException if the text is none of these
     */
    public static Asked parse(String text) {
      Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
      if (form.matches()) {
        for (ReadAs choice : CHOICES) {
          boolean withAxis = form.group(2) != null;
          if (choice.code().equals(form.group(1)) && (!withAxis || choice == ReadAs.SCORES)) {
            return new Asked(
                choice,
                withAxis ? OptionalInt.of(Integer.parseInt(form.group(2))) : OptionalInt.empty());
          }
        }
      }
      throw new IllegalArgumentException(
          "must be scores, scores@AXIS, probabilities, values or classes");
    }

    /** The text that {@link #parse} reads. */
    public String text() {
      return as.code() + (axis.isPresent() ? "@" + axis.getAsInt() : "");
    }
  }
}
