package dev.partita.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.partita.verify.ComparisonReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonSchemaTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Map<String, JsonNode> records = new LinkedHashMap<>();
  private final List<String> wrong = new ArrayList<>();

  JsonSchemaTest() {
    JsonSchema.records().forEach(record -> records.put(record.get("name").asText(), record));
  }

  @Test
  void namesEveryRecordOnceAndAfterThoseThatItHolds() {
    assertThat(records).hasSameSizeAs(JsonSchema.records()).containsKeys("Costs", "InspectedLayer");
    List<String> before = new ArrayList<>();
    records.forEach(
        (name, record) -> {
          for (JsonNode held : record.findValues("record")) {
            assertThat(before).as(name).contains(held.asText());
          }
          before.add(name);
        });
    assertThat(records.values().stream().filter(record -> record.get("report").asBoolean()))
        .hasSameSizeAs(JsonSchema.REPORTS);
  }

  @Test
  void isWhatReportsAreWrittenBy() throws IOException {
    check("OptimizationReport", SampleReports.optimized());
    check("OptimizationReport", SampleReports.dryRun());
    check("OptimizationReport", SampleReports.rejected());
    check("InspectReport", SampleReports.inspection());
    check("EstimateReport", SampleReports.estimation(false));
    check("ComparisonReport", new ComparisonReport(SampleReports.accuracy(0.001)));
    assertThat(wrong).isEmpty();
  }

  @Test
  void noticesAnotherKeyAndAnotherType() {
    JsonNode gate = MAPPER.createObjectNode().put("metric", 1).put("other", "x");
    check(gate, records.get("Gate"), "gate");
    assertThat(wrong).contains("gate: keys [metric, other]", "gate.metric: 1");
  }

  private void check(String name, Record report) throws IOException {
    JsonNode written = MAPPER.readTree(JsonReport.of(report));
    List<String> header = ImmutableList.of("schemaVersion", "partita", "warnings");
    JsonNode record = records.get(name);
    List<String> missing = new ArrayList<>(header);
    missing.removeAll(keys(record.get("fields")));
    ((ObjectNode) written).remove(missing);
    check(written, record, name);
  }

  private static List<String> keys(JsonNode fields) {
    List<String> keys = new ArrayList<>();
    fields.forEach(field -> keys.add(field.get("key").asText()));
    return keys;
  }

  private void check(JsonNode object, JsonNode record, String place) {
    List<String> found = new ArrayList<>();
    object.fieldNames().forEachRemaining(found::add);
    if (!found.equals(keys(record.get("fields")))) {
      wrong.add(place + ": keys " + found);
    }
    for (JsonNode field : record.get("fields")) {
      JsonNode value = object.path(field.get("key").asText());
      if (!(value.isNull() && field.get("nullable").asBoolean())) {
        checkValue(value, field.get("type"), place + "." + field.get("key").asText());
      }
    }
  }

  private void checkValue(JsonNode value, JsonNode type, String place) {
    if (type.has("record")) {
      check(value, records.get(type.get("record").asText()), place);
      return;
    }
    if ((type.has("list") && value.isArray()) || (type.has("map") && value.isObject())) {
      value.forEach(item -> checkValue(item, type.elements().next(), place + "[]"));
      return;
    }
    boolean fits =
        switch (type.asText()) {
          case "string" -> value.isTextual();
          case "integer" -> value.isIntegralNumber();
          case "number" -> value.isNumber();
          case "boolean" -> value.isBoolean();
          default -> false;
        };
    if (!fits) {
      wrong.add(place + ": " + value);
    }
  }
}
