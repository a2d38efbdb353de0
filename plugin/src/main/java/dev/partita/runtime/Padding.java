package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a data set's padding is marked, and what could not be told of it so far. */
final class Padding {
  /** The input that marks padding where nothing else is said. */
  static final String USUAL = "attention_mask";

  /** Says that no input marks padding. */
  static final String NONE = "none";

  private final @Nullable String input;
  private final Set<String> notes = new LinkedHashSet<>();

  private Padding(@Nullable String input) {
    this.input = input;
  }

  /** What was asked for; null for the usual input where the model has it. */
  static Padding of(@Nullable String asked, List<TensorDescription> inputs) {
    List<String> names = inputs.stream().map(TensorDescription::name).toList();
    if (asked == null) {
      return new Padding(names.contains(USUAL) ? USUAL : null);
    }
    if (asked.equals(NONE)) {
      return new Padding(null);
    }
    if (!names.contains(asked)) {
      throw new DataException(
          "The model has no input \"%s\" that could be a padding mask%s."
              .formatted(asked, Suggestion.forName(asked, names)),
          "Its inputs are " + String.join(", ", names) + "; or pass none.");
    }
    return new Padding(asked);
  }

  static Padding none() {
    return new Padding(null);
  }

  @Nullable String input() {
    return input;
  }

  /** Positions of a sample; 0, with a note, where the mask is not {@code [B, L]}. */
  int length(String name, Tensor mask, int samples) {
    int length = mask.elements() / Math.max(1, samples);
    boolean fits =
        mask.rank() > 1
            && mask.shape().get(0) == samples
            && mask.shape().get(mask.rank() - 1) == length;
    if (!fits) {
      note(
          "\"%s\" does not have one number per position, so padding is not excluded."
              .formatted(name));
    }
    return fits ? length : 0;
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
