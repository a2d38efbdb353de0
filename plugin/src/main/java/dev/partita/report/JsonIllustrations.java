package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.accelerator.Schedule;
import dev.partita.accelerator.Schedule.Segment;
import dev.partita.optimize.EstimateReport.LayerEstimate;
import dev.partita.optimize.Illustrations;
import dev.partita.optimize.Illustrations.CutPicture;
import org.jspecify.annotations.Nullable;

/** What a page shows beside the report, as JSON. */
final class JsonIllustrations {

  /**
   * A character for each level of a picture: one for each pixel is short, and no decoder is needed.
   */
  static final String LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  private final JsonWriter json;
  private final JsonEstimates estimates;

  JsonIllustrations(JsonWriter json) {
    this.json = json;
    this.estimates = new JsonEstimates(json);
  }

  /** Null where there are none. */
  @Nullable ObjectNode of(@Nullable Illustrations illustrations) {
    if (illustrations == null) {
      return null;
    }
    ObjectNode object = json.object();
    object.put("levels", LEVELS);
    object.set("cuts", json.array(illustrations.cuts(), this::cut));
    object.set("layers", json.array(illustrations.layers(), this::layer));
    ObjectNode schedules = object.putObject("schedules");
    schedules.set("private", schedule(illustrations.privateDram()));
    schedules.set("shared", schedule(illustrations.sharedDram()));
    return object;
  }

  private ObjectNode cut(CutPicture cut) {
    ObjectNode object = json.object();
    object.put("region", cut.region()).put("layer", cut.layer());
    object.put("in", cut.in()).put("out", cut.out());
    object.put("height", cut.height()).put("width", cut.width());
    object.put("before", pixels(cut.before())).put("after", pixels(cut.after()));
    object.set("inEnds", numbers(cut.inEnds()));
    object.set("outEnds", numbers(cut.outEnds()));
    return object;
  }

  private static String pixels(ImmutableIntArray levels) {
    StringBuilder text = new StringBuilder(levels.length());
    levels.forEach(level -> text.append(LEVELS.charAt(level)));
    return text.toString();
  }

  private ArrayNode numbers(ImmutableIntArray values) {
    ArrayNode array = json.array();
    values.forEach(array::add);
    return array;
  }

  private ObjectNode layer(LayerEstimate layer) {
    ObjectNode object = json.object();
    object.put("name", layer.name()).put("rows", layer.rows());
    object.put("in", layer.in()).put("out", layer.out());
    object.put("state", JsonWriter.code(layer.state()));
    object.set("estimate", estimates.both(layer.estimate()));
    return object;
  }

  private @Nullable ObjectNode schedule(@Nullable Schedule schedule) {
    if (schedule == null) {
      return null;
    }
    ObjectNode object = json.object();
    object.put("accelerators", schedule.accelerators());
    json.number(object, "clockMhz", schedule.clockMhz());
    object.put("cycles", schedule.cycles());
    object.set("segments", json.array(schedule.segments(), this::segment));
    return object;
  }

  private ObjectNode segment(Segment segment) {
    return json.object()
        .put("kind", JsonWriter.code(segment.kind()))
        .put("accelerator", segment.accelerator())
        .put("layer", segment.layer())
        .put("start", segment.start())
        .put("end", segment.end());
  }
}
