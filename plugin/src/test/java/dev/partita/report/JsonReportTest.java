package dev.partita.report;

import static dev.partita.report.Golden.assertGolden;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.Comparison;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.verify.ComparisonReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonReportTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void writesEveryKeyInOrder() throws IOException {
    JsonNode report = MAPPER.readTree(JsonReport.of(SampleReports.optimized()));

    assertThat(keys(report))
        .containsExactly(
            "schemaVersion",
            "partita",
            "seed",
            "outcome",
            "warnings",
            "input",
            "output",
            "target",
            "regions",
            "total",
            "steps",
            "skipped",
            "operatorsNotCosted",
            "accuracy",
            "run");
    assertThat(keys(report.at("/input")))
        .containsExactly("path", "sha256", "bytes", "irVersion", "opset", "parameters");
    assertThat(keys(report.at("/output")))
        .containsExactly(
            "path", "sha256", "bytes", "irVersion", "parameters", "minimumOnnxRuntime");
    assertThat(keys(report.at("/target")))
        .containsExactly(
            "name",
            "accelerators",
            "dramSharing",
            "dims",
            "wordBits",
            "weightBits",
            "wordBitsSource",
            "equalAccelerators");
    assertThat(keys(report.at("/regions/0")))
        .containsExactly(
            "id",
            "status",
            "reason",
            "accelerators",
            "layers",
            "strategy",
            "retainedImportance",
            "repair",
            "relativeErrorAfterRepair",
            "parametersBefore",
            "parametersAfter",
            "bridgeRank",
            "estimate",
            "softened",
            "alone");
    assertThat(keys(report.at("/steps/0")))
        .containsExactly(
            "region",
            "action",
            "metric",
            "alone",
            "value",
            "standardError",
            "passed",
            "detail",
            "aloneAfter",
            "tried");
    assertThat(keys(report.at("/steps/1/tried/0")))
        .containsExactly("action", "detail", "cycles", "alone", "passed");
    assertThat(keys(report.at("/regions/0/layers/0")))
        .containsExactly("name", "form", "in", "out", "state");
    assertThat(keys(report.at("/regions/0/estimate"))).containsExactly("private", "shared");
    assertThat(keys(report.at("/total/private")))
        .containsExactly(
            "denseOnOne",
            "denseOnAll",
            "pruned",
            "speedup",
            "energyRatio",
            "speedupOverDenseOnAll");
    assertThat(keys(report.at("/total/shared/pruned")))
        .containsExactly(
            "cycles",
            "arrayCycles",
            "dramCycles",
            "bufferCycles",
            "linkCycles",
            "overlappedCycles",
            "conservativeCycles",
            "latencyMicros",
            "energyMicrojoules",
            "dramBytes",
            "macs",
            "boundBy",
            "loadImbalance",
            "energyBreakdown");
    assertThat(keys(report.at("/skipped/0"))).containsExactly("node", "op", "reason", "detail");
    assertThat(keys(report.at("/accuracy")))
        .containsExactly("data", "samples", "labelled", "outputs", "gates", "notes");
    assertThat(keys(report.at("/accuracy/outputs/0")))
        .containsExactly(
            "name",
            "top1Before",
            "top1After",
            "agreement",
            "relativeError",
            "cosine",
            "standardErrors",
            "readAs",
            "readBecause",
            "reached",
            "explained",
            "commonest",
            "commonestAccuracy",
            "intervals",
            "r2Before",
            "r2After",
            "exactBefore",
            "exactAfter",
            "f1Before",
            "f1After",
            "positions",
            "counted",
            "dataDependent",
            "sizeDiffers");
    assertThat(keys(report.at("/accuracy/outputs/0/standardErrors")))
        .containsExactly("top1Drop", "agreement", "relativeError", "cosine");
    assertThat(keys(report.at("/accuracy/gates/0")))
        .containsExactly(
            "metric",
            "output",
            "limit",
            "value",
            "standardError",
            "passed",
            "before",
            "after",
            "interval");
    assertThat(keys(report.at("/run"))).containsExactly("stages", "peakHeapBytes", "threads");
    assertThat(keys(report.at("/run/stages/0"))).containsExactly("name", "millis");
  }

  @Test
  void writesTheSameTextForEqualReports() throws IOException {
    String text = JsonReport.of(SampleReports.optimized());
    assertThat(JsonReport.of(SampleReports.optimized())).isEqualTo(text).doesNotContain("\r");
    assertGolden("optimized.json", text);
  }

  @Test
  void writesNullForWhatIsAbsent() throws IOException {
    JsonNode rejected = MAPPER.readTree(JsonReport.of(SampleReports.rejected()));
    assertThat(rejected.get("output").isNull()).isTrue();
    assertThat(rejected.get("outcome").asText()).isEqualTo("rejected");

    JsonNode unchanged = MAPPER.readTree(JsonReport.of(SampleReports.unchanged()));
    assertThat(unchanged.get("total").isNull()).isTrue();
    assertThat(unchanged.get("accuracy").isNull()).isTrue();
    assertThat(unchanged.at("/output/minimumOnnxRuntime").isNull()).isTrue();

    JsonNode dryRun = MAPPER.readTree(JsonReport.of(SampleReports.dryRun()));
    assertThat(dryRun.at("/output/bytes").isNull()).isTrue();
    assertThat(dryRun.at("/regions/0/relativeErrorAfterRepair").isNull()).isTrue();
  }

  @Test
  void hasNoMicrojoulesWhereTheTargetHasNone() throws IOException {
    JsonNode report = MAPPER.readTree(JsonReport.of(SampleReports.estimation(false)));
    JsonNode pruned = report.at("/total/private/pruned");
    assertThat(pruned.get("energyMicrojoules").isNull()).isTrue();
    assertThat(pruned.at("/energyBreakdown/unit").asText()).isEqualTo("mac");
  }

  @Test
  void writesNullAndTheReasonForWhatJsonCannotHold() throws IOException {
    Comparison free =
        new Comparison(
            SampleReports.estimate(10, "array", false),
            SampleReports.estimate(5, "array", false),
            SampleReports.estimate(0, "array", false));
    EstimateReport report =
        new EstimateReport(
            "64-0",
            SampleReports.TARGET,
            ImmutableList.of(),
            new RegionEstimate(free, free),
            ImmutableList.of(),
            ImmutableList.of("first"));

    JsonNode written = MAPPER.readTree(JsonReport.of(report));

    assertThat(written.at("/total/private/speedup").isNull()).isTrue();
    assertThat(written.at("/warnings/0").asText()).isEqualTo("first");
    assertThat(written.at("/warnings/1").asText()).startsWith("speedup is null").contains("Infin");
    assertThat(written.at("/warnings/2").asText()).startsWith("speedupOverDenseOnAll is null");
  }

  @Test
  void writesInspectionsAndComparisons() throws IOException {
    JsonNode inspection = MAPPER.readTree(JsonReport.of(SampleReports.inspection()));
    assertThat(inspection.at("/layers/0/region").asText()).isEqualTo("r0");
    assertThat(inspection.at("/layers/0/rows").isNull()).isTrue();
    assertThat(inspection.at("/layers/1/reason").asText()).isEqualTo("TOO_SMALL");

    JsonNode comparison =
        MAPPER.readTree(JsonReport.of(new ComparisonReport(SampleReports.accuracy(0.001))));
    assertThat(comparison.at("/accuracy/gates/0/passed").asBoolean(true)).isFalse();
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
