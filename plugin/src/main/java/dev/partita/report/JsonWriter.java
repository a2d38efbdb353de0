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
import java.util.function.Function;

/** The pieces of JSON documents, and their text. */
final class JsonWriter {

  private JsonWriter() {}

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  static ObjectNode object() {
    return NODES.objectNode();
  }

  static <T> ArrayNode array(List<T> items, Function<T, JsonNode> item) {
    ArrayNode array = NODES.arrayNode();
    items.forEach(element -> array.add(item.apply(element)));
    return array;
  }

  /** The code of a constant: {@code LEAST_SQUARES} becomes {@code least-squares}. */
  static String code(Enum<?> constant) {
    return Ascii.toLowerCase(constant.name()).replace('_', '-');
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
