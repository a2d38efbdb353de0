package dev.partita.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.EnergyBreakdown;
import dev.partita.accelerator.Estimate;
import dev.partita.optimize.OptimizationReport.RegionEstimate;
import dev.partita.optimize.OptimizationReport.TargetInfo;
import org.jspecify.annotations.Nullable;

/** Estimates, and what they assume, as JSON. */
final class JsonEstimates {

  private final JsonWriter json;

  JsonEstimates(JsonWriter json) {
    this.json = json;
  }

  ObjectNode target(TargetInfo target) {
    ObjectNode object = json.object();
    object.put("name", target.name());
    object.put("accelerators", target.accelerators());
    object.put("dramSharing", JsonWriter.code(target.dramSharing()));
    ObjectNode dims = object.putObject("dims");
    target.dims().forEach(dims::put);
    object.put("wordBits", target.wordBits());
    object.put("weightBits", target.weightBits());
    object.put("wordBitsSource", target.wordBitsSource());
    object.put("equalAccelerators", target.equalAccelerators());
    return object;
  }

  /** Null where there is no estimate. */
  @Nullable ObjectNode both(@Nullable RegionEstimate estimate) {
    if (estimate == null) {
      return null;
    }
    ObjectNode object = json.object();
    object.set("private", comparison(estimate.privateDram()));
    object.set("shared", comparison(estimate.sharedDram()));
    return object;
  }

  private ObjectNode comparison(Comparison comparison) {
    ObjectNode object = json.object();
    object.set("denseOnOne", estimate(comparison.denseOnOne()));
    object.set("denseOnAll", estimate(comparison.denseOnAll()));
    object.set("pruned", estimate(comparison.pruned()));
    json.number(object, "speedup", comparison.speedup());
    json.number(object, "energyRatio", comparison.energyRatio());
    json.number(object, "speedupOverDenseOnAll", comparison.speedupOverDenseOnAll());
    return object;
  }

  private ObjectNode estimate(Estimate estimate) {
    ObjectNode object = json.object();
    object.put("cycles", estimate.cycles());
    object.put("arrayCycles", estimate.arrayCycles());
    object.put("dramCycles", estimate.dramCycles());
    object.put("bufferCycles", estimate.bufferCycles());
    object.put("linkCycles", estimate.linkCycles());
    object.put("overlappedCycles", estimate.overlappedCycles());
    object.put("conservativeCycles", estimate.conservativeCycles());
    json.number(object, "latencyMicros", estimate.latencyMicros());
    json.number(object, "energyMicrojoules", estimate.energyMicrojoules());
    object.put("dramBytes", estimate.dramBytes());
    object.put("macs", estimate.macs());
    object.put("boundBy", estimate.boundBy());
    json.number(object, "loadImbalance", estimate.loadImbalance());
    object.set("energyBreakdown", breakdown(estimate.energyBreakdown()));
    return object;
  }

  private ObjectNode breakdown(EnergyBreakdown breakdown) {
    ObjectNode object = json.object();
    object.put("unit", breakdown.unit());
    json.number(object, "mac", breakdown.mac());
    json.number(object, "registerFile", breakdown.registerFile());
    json.number(object, "array", breakdown.array());
    json.number(object, "buffer", breakdown.buffer());
    json.number(object, "dram", breakdown.dram());
    json.number(object, "link", breakdown.link());
    json.number(object, "staticPower", breakdown.staticPower());
    return object;
  }
}
