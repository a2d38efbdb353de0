package dev.partita.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.measure.BenchReport;
import dev.partita.measure.BenchReport.LayerTime;
import dev.partita.measure.BenchReport.Subject;

/** The keys of what was measured. */
final class JsonBench {

  private final JsonWriter json;

  JsonBench(JsonWriter json) {
    this.json = json;
  }

  void into(ObjectNode object, BenchReport report) {
    object.put("data", report.data());
    object.put("batch", report.batch());
    object.put("rounds", report.rounds());
    object.put("runs", report.runs());
    object.set("subjects", json.array(report.subjects(), this::subject));
    object.set("layers", json.array(report.layers(), this::layer));
  }

  private ObjectNode subject(Subject subject) {
    ObjectNode object = json.object();
    object.put("path", subject.path());
    object.put("kind", JsonWriter.code(subject.kind()));
    object.put("threads", subject.threads());
    json.number(object, "medianMicros", subject.medianMicros());
    json.number(object, "lowerQuartileMicros", subject.lowerQuartileMicros());
    json.number(object, "upperQuartileMicros", subject.upperQuartileMicros());
    json.number(object, "leastMicros", subject.leastMicros());
    json.number(object, "ratio", subject.ratio());
    return object;
  }

  private ObjectNode layer(LayerTime layer) {
    ObjectNode object = json.object();
    object.put("name", layer.name());
    object.put("rows", layer.rows());
    object.put("in", layer.in());
    object.put("out", layer.out());
    object.put("weightBytes", layer.weightBytes());
    json.number(object, "measuredMicros", layer.measuredMicros());
    json.number(object, "estimatedMicros", layer.estimatedMicros());
    return object;
  }
}
