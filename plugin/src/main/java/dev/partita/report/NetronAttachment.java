package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.optimize.OptimizationReport;
import java.util.Map;

/**
 * What stands on the nodes of a model, as a file of its own that Netron (https://netron.app) reads
 * when it is opened after the model. Other tools that delete metadata leave it alone. Numbers are
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

  private NetronAttachment() {}

  /**
   * The attachment of what a run wrote, ending in a line feed; without entries where it rewrote
   * nothing.
   */
  public static String of(OptimizationReport report) {
    JsonWriter json = new JsonWriter();
    ObjectNode document = json.object().put("signature", SIGNATURE);
    ArrayNode metadata = document.putArray("metadata");
    ArrayNode metrics = document.putArray("metrics");
    report.annotations().forEach((node, entries) -> add(json, node, entries, metadata, metrics));
    return JsonWriter.text(document);
  }

  private static void add(
      JsonWriter json,
      String node,
      ImmutableMap<String, String> entries,
      ArrayNode metadata,
      ArrayNode metrics) {
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      // The model is a target without a name.
      ObjectNode item = json.object();
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

  private static String shown(String key) {
    return key.substring(PREFIX.length());
  }
}
