package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.Version;
import dev.partita.report.ReportMapper.Written;
import dev.partita.report.schema.MasksReport;
import java.util.List;

/**
 * Reports as JSON, for programs. The records are the schema: keys and their order are a contract.
 * They are added to, never renamed, and {@code schemaVersion} rises when one changes its meaning.
 * Equal reports give equal text. A figure that is absent is null.
 */
public final class JsonReport {

  private static final int SCHEMA_VERSION = 1;
  private static final String WARNINGS = "warnings";

  private JsonReport() {}

  /** A report, ending in a line feed. */
  public static String of(Record report) {
    return JsonWriter.text(tree(report));
  }

  static ObjectNode tree(Record report) {
    Written written = ReportMapper.write(report);
    ObjectNode document = header();
    if (!written.tree().has(WARNINGS)) {
      document.putArray(WARNINGS);
    }
    document.setAll(written.tree());
    // Only now it is known which figures could not be written.
    ArrayNode warnings = document.withArray(WARNINGS);
    written.notes().forEach(warnings::add);
    return document;
  }

  /**
   * What the arrays of a plan's archive are, ending in a line feed. Holds no path, so that the
   * archive of a model is the same wherever that lies.
   */
  public static String description(MasksReport report) {
    ObjectNode document = header().put("inputSha256", report.input().sha256());
    ObjectNode all = ReportMapper.write(report).tree();
    all.remove(List.of(WARNINGS, "input", "skipped"));
    document.setAll(all);
    return JsonWriter.text(document);
  }

  private static ObjectNode header() {
    return JsonWriter.object()
        .put("schemaVersion", SCHEMA_VERSION)
        .put("partita", Version.current());
  }
}
