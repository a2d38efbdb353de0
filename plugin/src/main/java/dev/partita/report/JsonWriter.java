package dev.partita.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes the pieces of one JSON document. JSON has no infinity: such a figure becomes null, and
 * {@link #notes()} says why.
 */
final class JsonWriter {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  // Sorted, and each key once: a report of fifty regions needs no fifty sentences.
  private final TreeSet<String> notes = new TreeSet<>();

  ObjectNode object() {
    return NODES.objectNode();
  }

  ArrayNode array() {
    return NODES.arrayNode();
  }

  <T> ArrayNode array(List<T> items, Function<T, JsonNode> item) {
    ArrayNode array = NODES.arrayNode();
    items.forEach(element -> array.add(item.apply(element)));
    return array;
  }

  ArrayNode strings(List<String> items) {
    return array(items, NODES::textNode);
  }

  /** Sets a number, or null where there is none or JSON cannot hold it. */
  void number(ObjectNode object, String key, @Nullable Double value) {
    if (value == null) {
      object.putNull(key);
    } else if (Double.isFinite(value)) {
      object.put(key, value);
    } else {
      object.putNull(key);
      notes.add(key + " is null where it is not a finite number (" + value + ").");
    }
  }

  /** The code of a constant: {@code LEAST_SQUARES} becomes {@code least-squares}. */
  static String code(Enum<?> constant) {
    return Ascii.toLowerCase(constant.name()).replace('_', '-');
  }

  /** One sentence for each key that had a figure which is not finite. */
  List<String> notes() {
    return List.copyOf(notes);
  }

  /** Without blanks. */
  static String compact(ObjectNode document) {
    try {
      return MAPPER.writeValueAsString(document);
    } catch (JsonProcessingException failure) {
      throw new IllegalStateException("a tree of plain values cannot fail to be written", failure);
    }
  }

  static String text(ObjectNode document) {
    // The same bytes on every system.
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    try {
      return MAPPER.writer(printer).writeValueAsString(document) + "\n";
    } catch (JsonProcessingException failure) {
      throw new IllegalStateException("a tree of plain values cannot fail to be written", failure);
    }
  }
}
