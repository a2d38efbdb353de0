package dev.partita.corpus;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What became of one model.
 *
 * @param model its name
 * @param accelerators P
 * @param products matrix products with one constant operand, in the main graph
 * @param cut how many of them were cut
 * @param whole how many stay whole behind the Concat
 * @param left how many were left alone, by reason
 * @param structures of each that was left alone: name, reason, operator and operands
 * @param effect relative difference that dropping the weights makes: what the oracle can see
 * @param error worst relative error, or worst number of steps for integer outputs, to the oracle
 * @param limit the largest error that is right for the types of the model
 * @param note what else the oracle found; empty where the error alone decided
 * @param problems what is wrong, in sentences
 * @param minimumRuntime the oldest ONNX Runtime that the report names; empty where nothing was cut
 */
record CorpusResult(
    String model,
    int accelerators,
    int products,
    int cut,
    int whole,
    ImmutableSortedMap<String, Integer> left,
    ImmutableList<String> structures,
    double effect,
    double error,
    double limit,
    String note,
    ImmutableList<String> problems,
    String minimumRuntime) {

  /** Heads the columns of {@link #line}. */
  static String header() {
    return String.format(
        Locale.ROOT,
        "%-58s %1s %8s %4s %5s  %-9s %-9s %-8s %s",
        "model",
        "P",
        "products",
        "cut",
        "whole",
        "effect",
        "error",
        "limit",
        "left alone");
  }

  /** One line of the table. */
  String line() {
    String reasons =
        left.entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%-58s %1d %8d %4d %5d  %-9.2g %-9.2g %-8.1g %s%s%s",
        model,
        accelerators,
        products,
        cut,
        whole,
        effect,
        error,
        limit,
        reasons,
        note.isEmpty() ? "" : " (" + note + ")",
        problems.isEmpty() ? "" : " !! " + String.join("; ", problems));
  }

  /** Whether an error of the size of the limit would show beside what dropping weights does. */
  boolean visible() {
    return cut == 0 || effect > 4 * limit;
  }

  /** How many products were left alone. */
  int leftAlone() {
    return left.values().stream().mapToInt(Integer::intValue).sum();
  }
}
