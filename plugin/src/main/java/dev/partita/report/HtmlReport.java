package dev.partita.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Preconditions;
import com.google.common.html.HtmlEscapers;
import com.google.common.io.Resources;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.SearchReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reports as one page that needs nothing else: style, script and charting library are in it, and a
 * policy in it keeps a browser from fetching anything. What it shows it reads from the JSON report,
 * which is in it as well, under the id {@code data}.
 */
public final class HtmlReport {

  private static final String SOURCE_MAP = "//# sourceMappingURL=";

  private HtmlReport() {}

  /**
   * The page of a run.
   *
   * @param search what was tried before it; null where nothing was
   */
  public static String of(OptimizationReport report, @Nullable SearchReport search) {
    ObjectNode data = JsonWriter.object();
    data.set("report", JsonReport.tree(report));
    data.set("search", search == null ? null : JsonReport.tree(search));
    data.set("illustrations", JsonIllustrations.of(report.illustrations()));
    return page("Partita: " + report.input().path(), data);
  }

  /** The page of a search. */
  public static String of(SearchReport search) {
    ObjectNode data = JsonWriter.object();
    data.putNull("report");
    data.set("search", JsonReport.tree(search));
    data.putNull("illustrations");
    return page("Partita search: " + search.input().path(), data);
  }

  private static String page(String title, ObjectNode data) {
    return fill(
        resource("page.html"),
        "title",
        HtmlEscapers.htmlEscaper().escape(title),
        "style",
        resource("page.css"),
        "data",
        embedded(JsonWriter.compact(data)),
        "library",
        library(),
        "script",
        resource("page.js"));
  }

  /**
   * JSON that a script element can hold: without {@code <} neither {@code </script>} nor {@code
   * <!--} can be in it, whatever a node is called.
   */
  private static String embedded(String json) {
    return json.replace("<", "\\u003c");
  }

  private static String library() {
    String text = resource("chart.js/chart.umd.min.js");
    int map = text.indexOf(SOURCE_MAP);
    // The map is not part of the page.
    return map < 0 ? text : text.substring(0, map);
  }

  /** Replaces each name in two braces by its text, once and in this order. */
  private static String fill(String template, String... namesAndTexts) {
    StringBuilder page = new StringBuilder();
    int from = 0;
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      String mark = "{{" + namesAndTexts[i] + "}}";
      int at = template.indexOf(mark, from);
      Preconditions.checkState(at >= 0, "the page has no %s", mark);
      page.append(template, from, at).append(namesAndTexts[i + 1]);
      from = at + mark.length();
    }
    return page.append(template.substring(from)).toString();
  }

  private static String resource(String name) {
    try {
      return Resources.toString(
          Resources.getResource(HtmlReport.class, name), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot read a part of the page", failure);
    }
  }
}
