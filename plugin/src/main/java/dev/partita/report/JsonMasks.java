package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.optimize.MasksReport;
import dev.partita.optimize.MasksReport.LayerMask;
import dev.partita.optimize.MasksReport.RegionMasks;
import dev.partita.optimize.MasksReport.SpaceOrder;

/** A plan's masks and orders as JSON: which array is what. */
final class JsonMasks {

  private final JsonWriter json;

  JsonMasks(JsonWriter json) {
    this.json = json;
  }

  void into(ObjectNode object, MasksReport report) {
    object.put("accelerators", report.accelerators());
    object.put("strategy", JsonWriter.code(report.strategy()));
    object.put("seed", report.seed());
    object.set("regions", json.array(report.regions(), this::region));
    ArrayNode layers = object.putArray("layers");
    for (RegionMasks region : report.regions()) {
      region.layers().forEach(layer -> layers.add(layer(region, layer)));
    }
  }

  private ObjectNode region(RegionMasks region) {
    ObjectNode object = json.object().put("id", region.id());
    json.number(object, "retainedImportance", region.retainedImportance());
    object.set("spaces", json.array(region.spaces(), this::space));
    return object;
  }

  private ObjectNode space(SpaceOrder space) {
    ObjectNode object = json.object().put("id", space.id());
    ArrayNode blocks = object.putArray("blocks");
    space.blocks().forEach(blocks::add);
    return object.put("owner", space.owner()).put("order", space.order());
  }

  private ObjectNode layer(RegionMasks region, LayerMask layer) {
    ObjectNode object =
        json.object()
            .put("node", layer.node())
            .put("form", layer.form())
            .put("region", region.id())
            .put("weight", layer.weight())
            .put("bias", layer.bias());
    ArrayNode shape = object.putArray("shape");
    layer.shape().forEach(shape::add);
    return object
        .put("orientation", JsonWriter.code(layer.orientation()))
        .put("in", layer.in())
        .put("out", layer.out())
        .put("inSpace", layer.inSpace())
        .put("outSpace", layer.outSpace())
        .put("mask", layer.mask())
        .put("kept", layer.kept());
  }
}
