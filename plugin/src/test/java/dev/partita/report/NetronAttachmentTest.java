package dev.partita.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import dev.partita.report.schema.OptimizationReport;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The file's form; tools/browser/tests opens it in Netron. */
class NetronAttachmentTest {

  private static JsonNode attachment(ImmutableMap<String, ImmutableMap<String, String>> annotations)
      throws IOException {
    OptimizationReport sample = SampleReports.optimized();
    OptimizationReport report =
        new OptimizationReport(
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
            sample.skipped(),
            sample.operatorsNotCosted(),
            sample.accuracy(),
            annotations,
            null,
            sample.run());
    return new ObjectMapper().readTree(NetronAttachment.of(report));
  }

  @Test
  void figuresAreMetricsAndTheRestIsMetadata() throws IOException {
    JsonNode attachment =
        attachment(
            ImmutableMap.of(
                "",
                // A hash may look like a number.
                ImmutableMap.of("dev.partita.input_sha256", "12e4", "dev.partita.speedup", "13.91"),
                "fc1/branch2",
                ImmutableMap.of(
                    "dev.partita.accelerator", "2",
                    "dev.partita.cycles", "1200",
                    "dev.partita.latency_us", "12.5000")));
    assertThat(attachment.get("signature").asText()).isEqualTo("netron:attachment");
    assertThat(attachment.get("metadata"))
        .hasToString(
            "[{\"kind\":\"model\",\"target\":\"\",\"name\":\"dev.partita.input_sha256\",\"value\":\"12e4\"},"
                + "{\"kind\":\"node\",\"target\":\"fc1/branch2\",\"name\":\"dev.partita.accelerator\",\"value\":\"2\"}]");
    assertThat(attachment.get("metrics"))
        .hasToString(
            "[{\"kind\":\"model\",\"target\":\"\",\"name\":\"speedup\",\"value\":13.91,\"type\":\"float64\"},"
                + "{\"kind\":\"node\",\"target\":\"fc1/branch2\",\"name\":\"cycles\",\"value\":1200,\"type\":\"int64\"},"
                + "{\"kind\":\"node\",\"target\":\"fc1/branch2\",\"name\":\"latency_us\",\"value\":12.5,\"type\":\"float64\"}]");
  }

  @Test
  void aRunThatRewroteNothingHasNoEntries() throws IOException {
    JsonNode attachment = attachment(ImmutableMap.of());
    assertThat(attachment.get("metadata")).isEmpty();
    assertThat(attachment.get("metrics")).isEmpty();
  }
}
