package dev.partita.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.UnsupportedInputException;
import dev.partita.report.schema.OptimizationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The metadata of a model's nodes, as a separate file that Netron (https://netron.app) reads when
 * it is opened after the model. Other tools that delete metadata leave it alone. Numbers are
 * metrics, which Netron shows under their own heading; the rest is metadata.
 */
public final class NetronAttachment {

  private static final String PREFIX = "dev.partita.";
  private static final String SIGNATURE = "netron:attachment";

  private static final ImmutableSet<String> COUNTS =
      ImmutableSet.of(PREFIX + "macs", PREFIX + "dram_bytes", PREFIX + "cycles");

  private static final ImmutableSet<String> MEASURES =
      ImmutableSet.of(
          PREFIX + "latency_us", PREFIX + "energy_uj", PREFIX + "speedup", PREFIX + "energy_ratio");

  private static final ImmutableSet<String> RATIOS =
      ImmutableSet.of(PREFIX + "speedup", PREFIX + "energy_ratio");

  private NetronAttachment() {}

  /**
   * The attachment of what a run wrote, ending in a line feed; without entries where it rewrote
   * nothing.
   */
  public static String of(OptimizationReport report) {
    ObjectNode document = JsonWriter.object().put("signature", SIGNATURE);
    ArrayNode metadata = document.putArray("metadata");
    ArrayNode metrics = document.putArray("metrics");
    report.annotations().forEach((node, entries) -> add(node, entries, metadata, metrics));
    return JsonWriter.text(document);
  }

  private static void add(
      String node, ImmutableMap<String, String> entries, ArrayNode metadata, ArrayNode metrics) {
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      // The model is a target without a name.
      ObjectNode item = JsonWriter.object();
      item.put("kind", node.isEmpty() ? "model" : "node").put("target", node);
      String name = entry.getKey();
      if (COUNTS.contains(name)) {
        item.put("name", shown(name)).put("value", Long.parseLong(entry.getValue()));
        metrics.add(item.put("type", "int64"));
      } else if (MEASURES.contains(name)) {
        item.put("name", shown(name)).put("value", Double.parseDouble(entry.getValue()));
        metrics.add(item.put("type", "float64"));
      } else {
        metadata.add(item.put("name", name).put("value", entry.getValue()));
      }
    }
  }

  /**
   * The entries of an attachment that {@link #of} wrote, by node, those of the model under the
   * empty name.
   *
   * @throws UnsupportedInputException if the file cannot be read or is not an attachment
   */
  public static ImmutableMap<String, ImmutableMap<String, String>> read(Path file) {
    JsonNode document;
    try {
      document = new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (IOException failure) {
      // A message of Jackson's goes over several lines.
      throw new UnsupportedInputException(
          file + ": is not valid JSON", "Pass the file that --sidecar wrote.", failure);
    }
    if (document == null || !SIGNATURE.equals(document.path("signature").asText())) {
      throw new UnsupportedInputException(
          file + ": is not a sidecar, which begins with the signature " + SIGNATURE,
          "Pass the file that --sidecar wrote.");
    }
    Map<String, Map<String, String>> entries = new LinkedHashMap<>();
    for (JsonNode item : document.path("metadata")) {
      put(file, entries, item, item.path("name").asText(), item.path("value").asText());
    }
    for (JsonNode item : document.path("metrics")) {
      String key = PREFIX + item.path("name").asText();
      put(file, entries, item, key, figure(key, item.path("value")));
    }
    ImmutableMap.Builder<String, ImmutableMap<String, String>> read = ImmutableMap.builder();
    entries.forEach((node, of) -> read.put(node, ImmutableMap.copyOf(of)));
    return read.buildOrThrow();
  }

  private static void put(
      Path file,
      Map<String, Map<String, String>> entries,
      JsonNode item,
      String key,
      String value) {
    if (!item.path("target").isTextual() || !item.has("name") || !item.has("value")) {
      throw new UnsupportedInputException(
          file + ": an entry has no target, name or value", "Pass the file that --sidecar wrote.");
    }
    entries
        .computeIfAbsent(item.path("target").asText(), node -> new LinkedHashMap<>())
        .put(key, value);
  }

  /** As on the graph. */
  private static String figure(String key, JsonNode value) {
    if (COUNTS.contains(key)) {
      return Long.toString(value.asLong());
    }
    return String.format(Locale.ROOT, RATIOS.contains(key) ? "%.4g" : "%.6g", value.asDouble());
  }

  private static String shown(String key) {
    return key.substring(PREFIX.length());
  }
}
