package dev.partita.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds a report against the one that was kept. Keys, their order, texts, whole numbers and
 * estimates must be equal.
 *
 * <p>Figures that were measured, or that come from weights which were repaired, may differ by
 * {@value #DEFAULT_TOLERANCE} of themselves or {@value #LEAST}, whichever is more. OpenBLAS and
 * ONNX Runtime choose kernels by the type of the processor, which add in another order: the last
 * digits of activations differ, and with them those of repaired weights. The same holds for decimal
 * numbers inside a sentence, and there for the last digit that is printed.
 *
 * <p>On one machine all figures are equal, and {@code -Dpartita.golden.tolerance=0} asks for that.
 */
final class JsonComparison {

  private static final double DEFAULT_TOLERANCE = 1e-4;
  private static final double LEAST = 1e-6;

  private static final ImmutableSet<String> MEASURED =
      ImmutableSet.of(
          "absoluteSum",
          "agreement",
          "alone",
          "aloneAfter",
          "cosine",
          "relativeError",
          "relativeErrorAfterRepair",
          "retainedImportance",
          "standardError",
          "top1After",
          "top1Before",
          "top1Drop",
          "value",
          "weightedSum");

  private static final ImmutableSet<String> SENTENCES =
      ImmutableSet.of("detail", "reason", "warnings");

  private static final Pattern DECIMAL = Pattern.compile("\\d+\\.(\\d+)");

  private final double tolerance;
  private final List<String> differences = new ArrayList<>();

  private JsonComparison(double tolerance) {
    this.tolerance = tolerance;
  }

  /** A line for each place where two reports differ. */
  static List<String> differences(JsonNode expected, JsonNode actual) {
    String asked = System.getProperty("partita.golden.tolerance");
    return differences(
        expected, actual, asked == null ? DEFAULT_TOLERANCE : Double.parseDouble(asked));
  }

  static List<String> differences(JsonNode expected, JsonNode actual, double tolerance) {
    JsonComparison comparison = new JsonComparison(tolerance);
    comparison.compare("", "", expected, actual);
    return comparison.differences;
  }

  private void compare(String path, String key, JsonNode expected, JsonNode actual) {
    if (expected.isObject() && actual.isObject()) {
      compareObjects(path, expected, actual);
    } else if (expected.isArray() && actual.isArray() && expected.size() == actual.size()) {
      for (int i = 0; i < expected.size(); i++) {
        compare(path + "[" + i + "]", key, expected.get(i), actual.get(i));
      }
    } else if (!expected.equals(actual) && !close(key, expected, actual)) {
      differences.add(path + ": " + expected + " is " + actual + " now");
    }
  }

  private void compareObjects(String path, JsonNode expected, JsonNode actual) {
    List<String> before = Lists.newArrayList(expected.fieldNames());
    List<String> after = Lists.newArrayList(actual.fieldNames());
    if (!before.equals(after)) {
      differences.add(path + ": the keys " + before + " are " + after + " now");
      return;
    }
    for (String key : before) {
      compare(path + "." + key, key, expected.get(key), actual.get(key));
    }
  }

  private boolean close(String key, JsonNode expected, JsonNode actual) {
    if (expected.isDouble() && actual.isDouble()) {
      return MEASURED.contains(key) && close(expected.asDouble(), actual.asDouble(), 0);
    }
    return SENTENCES.contains(key)
        && expected.isTextual()
        && actual.isTextual()
        && closeSentences(expected.asText(), actual.asText());
  }

  private boolean close(double expected, double actual, double leastDigit) {
    double least = tolerance == 0 ? 0 : Math.max(LEAST, leastDigit);
    double allowed = Math.max(least, tolerance * Math.max(Math.abs(expected), Math.abs(actual)));
    return Math.abs(expected - actual) <= allowed;
  }

  private boolean closeSentences(String expected, String actual) {
    if (!DECIMAL
        .matcher(expected)
        .replaceAll("#")
        .equals(DECIMAL.matcher(actual).replaceAll("#"))) {
      return false;
    }
    Matcher before = DECIMAL.matcher(expected);
    Matcher after = DECIMAL.matcher(actual);
    while (before.find() && after.find()) {
      double digit = 1.01 * Math.pow(10, -before.group(1).length());
      if (!close(Double.parseDouble(before.group()), Double.parseDouble(after.group()), digit)) {
        return false;
      }
    }
    return true;
  }
}
