package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.optimize.SearchReport;
import dev.partita.optimize.SearchReport.Point;
import dev.partita.verify.Accuracy.GateResult;

/** A search as JSON. */
final class JsonSearch {

  private final JsonWriter json;
  private final JsonEstimates estimates;

  JsonSearch(JsonWriter json, JsonEstimates estimates) {
    this.json = json;
    this.estimates = estimates;
  }

  void into(ObjectNode object, SearchReport report) {
    ArrayNode warnings = object.putArray("warnings");
    report.warnings().forEach(warnings::add);
    object.set("target", estimates.target(report.target()));
    object.put("complete", report.complete());
    object.set("points", json.array(report.points(), this::point));
  }

  private ObjectNode point(Point point) {
    ObjectNode object = json.object();
    object.put("accelerators", point.accelerators());
    object.put("strategy", JsonWriter.code(point.strategy()));
    object.put("bridgeRank", point.bridgeRank());
    ArrayNode leftAlone = object.putArray("leftAlone");
    point.leftAlone().values().forEach(leftAlone::add);
    GateResult gate = point.gate();
    object.put("metric", gate == null ? null : gate.metric());
    json.number(object, "value", gate == null ? null : gate.value());
    json.number(object, "standardError", gate == null ? null : gate.standardError());
    json.number(object, "limit", gate == null ? null : gate.limit());
    object.put("passed", point.passed());
    object.put("parameters", point.parameters());
    json.number(object, "cycles", point.time());
    json.number(object, "energy", point.energy());
    ArrayNode fronts = object.putArray("fronts");
    if (point.fastFront()) {
      fronts.add("time");
    }
    if (point.leanFront()) {
      fronts.add("energy");
    }
    object.set("estimate", estimates.both(point.estimate()));
    return object;
  }
}
