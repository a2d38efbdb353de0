package dev.partita.report;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.Reported;
import dev.partita.Version;
import dev.partita.measure.BenchReport;
import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.SearchReport;
import dev.partita.spi.Parameter;
import dev.partita.verify.ComparisonReport;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What commands take and what reports hold, as JSON from which classes and functions of other
 * languages are generated.
 */
public final class JsonSchema {

  /** Every report that a command writes. */
  static final ImmutableList<Class<? extends Record>> REPORTS =
      ImmutableList.of(
          OptimizationReport.class,
          InspectReport.class,
          EstimateReport.class,
          ComparisonReport.class,
          SearchReport.class,
          MasksReport.class,
          AnnotateReport.class,
          BenchReport.class);

  /** The records in the order in which one may name those before it. */
  private final Set<Class<?>> seen = new LinkedHashSet<>();

  private final ArrayNode records = JsonNodeFactory.instance.arrayNode();

  private JsonSchema() {}

  /**
   * The schema, ending in a line feed.
   *
   * @param commands what each command takes
   */
  public static String of(ImmutableMap<String, ImmutableList<Parameter<?>>> commands) {
    ObjectNode document = JsonWriter.object().put("partita", Version.current());
    ObjectNode options = document.putObject("commands");
    commands.forEach(
        (command, parameters) ->
            options.set(command, JsonWriter.array(parameters, JsonSchema::option)));
    document.set("records", records());
    return JsonWriter.text(document);
  }

  private static JsonNode option(Parameter<?> parameter) {
    return JsonPasses.parameter(parameter).put("label", parameter.type().label());
  }

  /** All records, those that another one holds before it. */
  static ArrayNode records() {
    JsonSchema schema = new JsonSchema();
    REPORTS.forEach(schema::add);
    return schema.records;
  }

  private void add(Class<?> type) {
    if (!seen.add(type)) {
      return;
    }
    Reported reported = type.getAnnotation(Reported.class);
    if (reported == null) {
      throw new IllegalStateException(type + " is part of a report, and no @Reported says of what");
    }
    List<BeanPropertyDefinition> properties = ReportMapper.properties(ReportMapper.type(type));
    ObjectNode written = JsonWriter.object().put("name", name(type));
    written.put("description", reported.value());
    written.put("report", REPORTS.contains(type));
    written.set("fields", JsonWriter.array(properties, this::field));
    records.add(written);
  }

  private JsonNode field(BeanPropertyDefinition property) {
    AnnotatedMember accessor = property.getAccessor();
    ObjectNode field = JsonWriter.object().put("key", property.getName());
    field.set("type", type(accessor.getType()));
    // Not every figure is finite, and what is not is null.
    field.put("nullable", isNullable(accessor) || isDouble(accessor.getType()));
    return field;
  }

  private JsonNode type(JavaType type) {
    if (type.isMapLikeType()) {
      return JsonWriter.object().set("map", type(type.getContentType()));
    }
    if (type.isCollectionLikeType()) {
      return JsonWriter.object().set("list", type(type.getContentType()));
    }
    Class<?> raw = type.getRawClass();
    if (raw.isRecord()) {
      add(raw);
      return JsonWriter.object().put("record", name(raw));
    }
    if (raw == String.class || raw.isEnum()) {
      return TextNode.valueOf("string");
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return TextNode.valueOf("boolean");
    }
    if (isDouble(type)) {
      return TextNode.valueOf("number");
    }
    if (raw == int.class || raw == long.class || raw == Integer.class || raw == Long.class) {
      return TextNode.valueOf("integer");
    }
    throw new IllegalStateException("a report holds " + type + ", which has no form in JSON");
  }

  private static boolean isDouble(JavaType type) {
    return type.getRawClass() == double.class || type.getRawClass() == Double.class;
  }

  private static boolean isNullable(AnnotatedMember accessor) {
    AnnotatedElement member = (AnnotatedElement) accessor.getMember();
    AnnotatedType type =
        member instanceof Method method
            ? method.getAnnotatedReturnType()
            : ((Field) member).getAnnotatedType();
    return type.isAnnotationPresent(Nullable.class);
  }

  private static String name(Class<?> type) {
    Reported reported = type.getAnnotation(Reported.class);
    return reported == null || reported.name().isEmpty() ? type.getSimpleName() : reported.name();
  }
}
