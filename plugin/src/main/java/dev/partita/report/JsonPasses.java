package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.Version;
import dev.partita.spi.ModelPass;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parameters of passes, as JSON, with which hosts in other languages are compared. */
public final class JsonPasses {

  private JsonPasses() {}

  /** The passes and their parameters, ending in a line feed. */
  public static String of(List<ModelPass> passes) {
    ObjectNode document = JsonWriter.object().put("schemaVersion", 1);
    document.put("partita", Version.current());
    document.set("passes", JsonWriter.array(passes, JsonPasses::pass));
    return JsonWriter.text(document);
  }

  private static ObjectNode pass(ModelPass pass) {
    ObjectNode object = JsonWriter.object().put("name", pass.name());
    object.put("description", pass.description());
    object.set("parameters", JsonWriter.array(pass.parameters(), JsonPasses::parameter));
    return object;
  }

  static <T> ObjectNode parameter(Parameter<T> parameter) {
    ObjectNode object = JsonWriter.object().put("name", parameter.name());
    type(object, parameter.type());
    value(object, parameter.type(), parameter.defaultValue());
    object.put("derivedDefault", parameter.derivedDefault());
    return object.put("description", parameter.description());
  }

  private static void type(ObjectNode object, ParameterType<?> type) {
    if (type instanceof ParameterType.Flag) {
      object.put("type", "flag");
    } else if (type instanceof ParameterType.WholeNumber range) {
      object.put("type", "integer").put("minimum", range.minimum()).put("maximum", range.maximum());
    } else if (type instanceof ParameterType.RealNumber range) {
      object.put("type", "number").put("minimum", 0);
      // Absent where there is no bound.
      if (Double.isFinite(range.maximum())) {
        object.put("maximum", range.maximum());
      }
    } else if (type instanceof ParameterType.Choice<?> choice) {
      ArrayNode values = object.put("type", "choice").putArray("values");
      choice.values().forEach(values::add);
    } else if (type instanceof ParameterType.Text) {
      object.put("type", "text");
    } else if (type instanceof ParameterType.Data) {
      object.put("type", "data");
    } else if (type instanceof ParameterType.TimeSpan) {
      object.put("type", "time");
    } else if (type instanceof ParameterType.Texts) {
      object.put("type", "texts");
    } else if (type instanceof ParameterType.Entries<?> entries) {
      ObjectNode values = JsonWriter.object();
      type(values, entries.values());
      object.put("type", "entries").set("entries", values);
    } else {
      throw new IllegalStateException("no name for the type of " + type);
    }
  }

  private static <T> void value(ObjectNode object, ParameterType<T> type, @Nullable T value) {
    if (value == null) {
      object.putNull("default");
    } else if (value instanceof Boolean flag) {
      object.put("default", flag);
    } else if (value instanceof Long number) {
      object.put("default", number);
    } else if (value instanceof Double number) {
      object.put("default", number);
    } else {
      object.put("default", type.text(value));
    }
  }
}
