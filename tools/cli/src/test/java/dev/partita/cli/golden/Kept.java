package dev.partita.cli.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;

/** Reports without what every run or every machine has of its own. The keys all stay. */
final class Kept {

  static final String LEFT_OUT = "(left out)";

  private static final ImmutableSet<String> OF_THE_RUN =
      ImmutableSet.of("millis", "peakHeapBytes", "threads");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final boolean hashes;
  private final boolean numbers;

  private Kept(boolean hashes, boolean numbers) {
    this.hashes = hashes;
    this.numbers = numbers;
  }

  /**
   * A report as text.
   *
   * @param calibrated whether its models have weights that were computed from activations, whose
   *     last digits depend on the processor, and the hash of the file with them
   */
  static String of(JsonNode report, boolean calibrated) {
    return new Kept(!calibrated, /* numbers= */ true).text(report);
  }

  /** A report as text, without any number. */
  static String withoutNumbers(JsonNode report) {
    return new Kept(/* hashes= */ false, /* numbers= */ false).text(report);
  }

  private String text(JsonNode report) {
    JsonNode kept = report.deepCopy();
    leaveOut(kept);
    return pretty(kept);
  }

  /** With a line for each key, as little indented as can be read. */
  static String pretty(JsonNode node) {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter(" ", "\n"));
    try {
      return JSON.writer(printer).writeValueAsString(node) + "\n";
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private void leaveOut(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (String key : Lists.newArrayList(object.fieldNames())) {
        if (OF_THE_RUN.contains(key) || isHash(object, key) || isNumber(object.get(key))) {
          object.put(key, LEFT_OUT);
        }
        leaveOut(object.get(key));
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        if (isNumber(array.get(i))) {
          array.set(i, TextNode.valueOf(LEFT_OUT));
        }
        leaveOut(array.get(i));
      }
    }
  }

  /** The model that a case begins with is the same everywhere. */
  private boolean isHash(ObjectNode object, String key) {
    return !hashes && key.equals("sha256") && !object.path("path").asText().equals("@in.onnx");
  }

  private boolean isNumber(JsonNode node) {
    return !numbers && node.isNumber();
  }
}
