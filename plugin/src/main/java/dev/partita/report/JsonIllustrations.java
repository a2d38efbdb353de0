package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.report.schema.Illustrations;
import dev.partita.report.schema.Illustrations.CutPicture;
import org.jspecify.annotations.Nullable;

/** The additional data of a page, as JSON. */
final class JsonIllustrations {

  /**
   * A character for each level of a picture: one for each pixel is short, and no decoder is needed.
   */
  static final String LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  private JsonIllustrations() {}

  /** Null where there are none. */
  static @Nullable ObjectNode of(@Nullable Illustrations illustrations) {
    if (illustrations == null) {
      return null;
    }
    ObjectNode object = JsonWriter.object();
    ObjectNode written = ReportMapper.write(illustrations).tree();
    object.put("levels", LEVELS);
    object.set("cuts", JsonWriter.array(illustrations.cuts(), JsonIllustrations::cut));
    object.set("layers", written.get("layers"));
    object.set("schedules", written.get("schedules"));
    return object;
  }

  private static ObjectNode cut(CutPicture cut) {
    ObjectNode object = JsonWriter.object();
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

  private static ArrayNode numbers(ImmutableIntArray values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    return array;
  }
}
