package dev.partita.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.accelerator.Schedule;
import dev.partita.accelerator.Schedule.Kind;
import dev.partita.accelerator.Schedule.Segment;
import dev.partita.report.schema.EstimateReport.LayerEstimate;
import dev.partita.report.schema.Illustrations;
import dev.partita.report.schema.Illustrations.CutPicture;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the page holds; tools/browser/tests opens it. */
class HtmlReportTest {

  private static final Pattern DATA =
      Pattern.compile(
          "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);
  private static final String HOSTILE = "</script><script>alert('1')</script><!--";

  private static final Illustrations ILLUSTRATIONS =
      new Illustrations(
          ImmutableList.of(
              new CutPicture(
                  "r0",
                  "fc1",
                  784,
                  1024,
                  1,
                  2,
                  ImmutableIntArray.of(0, 63),
                  ImmutableIntArray.of(26, 0),
                  ImmutableIntArray.of(392, 784),
                  ImmutableIntArray.of())),
          ImmutableList.of(
              new LayerEstimate(
                  "fc1", 1, 784, 1024, LayerState.CUT, SampleReports.estimate(false))),
          new Schedule(
              2,
              500,
              30,
              ImmutableList.of(
                  new Segment(Kind.SCATTER, Schedule.ALL, "fc1", 0, 10),
                  new Segment(Kind.COMPUTE, 1, "fc1", 10, 30))),
          null);

  private static JsonNode data(String page) throws IOException {
    Matcher matcher = DATA.matcher(page);
    assertThat(matcher.find()).isTrue();
    return new ObjectMapper().readTree(matcher.group(1));
  }

  private static OptimizationReport report(
      @Nullable Illustrations illustrations, ImmutableList<SkippedNode> skipped) {
    OptimizationReport sample = SampleReports.optimized();
    return new OptimizationReport(
        sample.partita(),
        sample.seed(),
        sample.outcome(),
        sample.warnings(),
        sample.input(),
        sample.output(),
        sample.target(),
        sample.regions(),
        sample.total(),
        sample.steps(),
        skipped,
        sample.operatorsNotCosted(),
        sample.accuracy(),
        ImmutableMap.of(),
        illustrations,
        sample.run());
  }

  @Test
  void holdsTheReportItself() throws IOException {
    OptimizationReport report = SampleReports.optimized();
    JsonNode data = data(HtmlReport.of(report, null));
    assertThat(data.get("report")).isEqualTo(new ObjectMapper().readTree(JsonReport.of(report)));
    assertThat(data.get("search").isNull()).isTrue();
    assertThat(data.get("illustrations").isNull()).isTrue();
  }

  @Test
  void holdsPicturesAndSchedules() throws IOException {
    JsonNode shown =
        data(HtmlReport.of(report(ILLUSTRATIONS, ImmutableList.of()), null)).get("illustrations");
    assertThat(shown.at("/cuts/0/before").asText()).isEqualTo("A/");
    assertThat(shown.at("/cuts/0/after").asText()).isEqualTo("aA");
    assertThat(shown.at("/cuts/0/inEnds")).hasToString("[392,784]");
    assertThat(shown.at("/cuts/0/outEnds")).hasToString("[]");
    assertThat(shown.at("/layers/0/name").asText()).isEqualTo("fc1");
    assertThat(shown.at("/schedules/private/segments/0/accelerator").asInt()).isEqualTo(-1);
    assertThat(shown.at("/schedules/private/segments/1/kind").asText()).isEqualTo("compute");
    assertThat(shown.at("/schedules/shared").isNull()).isTrue();
  }

  @Test
  void noNameEndsTheDataEarly() throws IOException {
    SkippedNode hostile = new SkippedNode(HOSTILE, "MatMul", "TOO_SMALL", HOSTILE);
    String page = HtmlReport.of(report(null, ImmutableList.of(hostile)), null);
    assertThat(data(page).at("/report/skipped/0/node").asText()).isEqualTo(HOSTILE);
    assertThat(page).doesNotContain("<script>alert");
  }

  @Test
  void namesNothingThatWouldHaveToBeFetched() {
    String page = HtmlReport.of(SampleReports.optimized(), null);
    assertThat(page)
        .doesNotContainPattern("<[^>]+\\s(src|href)=\"(?!#)")
        .doesNotContain("sourceMappingURL", "@import", "url(")
        .contains("default-src 'none'", "Chart.js v", "Released under the MIT License");
  }

  @Test
  void everyPartOfThePageIsThereOnce() {
    String page = HtmlReport.of(SampleReports.optimized(), null);
    assertThat(page)
        .startsWith("<!DOCTYPE html>")
        .containsOnlyOnce("<title>Partita: mlp.onnx</title>")
        .containsOnlyOnce("id=\"main\"")
        .doesNotContain("{{title}}", "{{style}}", "{{data}}", "{{library}}", "{{script}}");
  }
}
