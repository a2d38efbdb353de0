package dev.partita.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.verify.Accuracy.StandardErrors;
import org.jspecify.annotations.Nullable;

/** Accuracy as JSON. */
final class JsonAccuracy {

  private final JsonWriter json;

  JsonAccuracy(JsonWriter json) {
    this.json = json;
  }

  /** Null where nothing was measured. */
  @Nullable ObjectNode accuracy(@Nullable Accuracy accuracy) {
    if (accuracy == null) {
      return null;
    }
    ObjectNode object = json.object();
    object.put("data", accuracy.data());
    object.put("samples", accuracy.samples());
    object.put("labelled", accuracy.labelled());
    object.set("outputs", json.array(accuracy.outputs(), this::output));
    object.set("gates", json.array(accuracy.gates(), this::gate));
    return object;
  }

  private ObjectNode output(OutputAccuracy output) {
    ObjectNode object = json.object();
    object.put("name", output.name());
    json.number(object, "top1Before", output.top1Before());
    json.number(object, "top1After", output.top1After());
    json.number(object, "agreement", output.agreement());
    json.number(object, "relativeError", output.relativeError());
    json.number(object, "cosine", output.cosine());
    object.set("standardErrors", standardErrors(output.standardErrors()));
    return object;
  }

  private ObjectNode standardErrors(StandardErrors errors) {
    ObjectNode object = json.object();
    json.number(object, "top1Drop", errors.top1Drop());
    json.number(object, "agreement", errors.agreement());
    json.number(object, "relativeError", errors.relativeError());
    json.number(object, "cosine", errors.cosine());
    return object;
  }

  private ObjectNode gate(GateResult gate) {
    ObjectNode object = json.object();
    object.put("metric", gate.metric());
    object.put("output", gate.output());
    json.number(object, "limit", gate.limit());
    json.number(object, "value", gate.value());
    json.number(object, "standardError", gate.samplingError());
    object.put("passed", gate.passed());
    json.number(object, "before", gate.before());
    json.number(object, "after", gate.after());
    return object;
  }
}
