package dev.partita.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Records as JSON: a key for each component, in their order, and for each method that says so. A
 * constant is its code. JSON has no infinity: such a figure is null, and a note says why.
 */
final class ReportMapper {

  private static final String NOTES = "notes";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .disable(
              MapperFeature.AUTO_DETECT_IS_GETTERS, MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
          .addModule(
              new SimpleModule()
                  .addSerializer(new CodeSerializer())
                  .addSerializer(Double.class, new NumberSerializer())
                  .addSerializer(double.class, new NumberSerializer()))
          .build();

  private ReportMapper() {}

  /** A record, and a sentence for each key that had a figure which is not finite. */
  record Written(ObjectNode tree, List<String> notes) {}

  static Written write(Object report) {
    // Sorted, and each key once: a report of fifty regions needs no fifty sentences.
    Set<String> notes = new TreeSet<>();
    ObjectNode tree =
        MAPPER
            .copy()
            .setConfig(MAPPER.getSerializationConfig().withAttribute(NOTES, notes))
            .valueToTree(report);
    return new Written(tree, List.copyOf(notes));
  }

  /** What is written of a type, in order. */
  static List<BeanPropertyDefinition> properties(JavaType type) {
    BeanDescription description = MAPPER.getSerializationConfig().introspect(type);
    return description.findProperties().stream()
        .filter(BeanPropertyDefinition::couldSerialize)
        .toList();
  }

  static JavaType type(Class<?> type) {
    return MAPPER.constructType(type);
  }

  /** {@code LEAST_SQUARES} is {@code least-squares}. */
  @SuppressWarnings("rawtypes") // The class of all constants has no other form.
  private static final class CodeSerializer extends StdSerializer<Enum> {
    private static final long serialVersionUID = 1;

    CodeSerializer() {
      super(Enum.class);
    }

    @Override
    public void serialize(Enum value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(JsonWriter.code(value));
    }
  }

  private static final class NumberSerializer extends StdSerializer<Double> {
    private static final long serialVersionUID = 1;

    NumberSerializer() {
      super(Double.class);
    }

    @Override
    @SuppressWarnings("unchecked") // Set above.
    public void serialize(Double value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      if (Double.isFinite(value)) {
        json.writeNumber(value);
        return;
      }
      json.writeNull();
      ((Set<String>) provider.getAttribute(NOTES))
          .add(
              "%s is null because it is not a finite number (%s)."
                  .formatted(json.getOutputContext().getCurrentName(), value));
    }
  }
}
