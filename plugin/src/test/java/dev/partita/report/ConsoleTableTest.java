package dev.partita.report;

import static dev.partita.report.Golden.assertGolden;
import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.report.schema.OptimizationReport;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConsoleTableTest {

  @Test
  void printsARunThatOptimized() throws IOException {
    assertGolden("optimized.txt", ConsoleTable.of(SampleReports.optimized()));
  }

  @Test
  void printsARunThatWasRejected() throws IOException {
    assertGolden("rejected.txt", ConsoleTable.of(SampleReports.rejected()));
  }

  @Test
  void printsARunThatFoundNothing() throws IOException {
    assertGolden("unchanged.txt", ConsoleTable.of(SampleReports.unchanged()));
  }

  @Test
  void printsADryRun() throws IOException {
    assertGolden("dry-run.txt", ConsoleTable.of(SampleReports.dryRun()));
  }

  @Test
  void printsAnInspection() throws IOException {
    assertGolden("inspection.txt", ConsoleTable.of(SampleReports.inspection()));
  }

  @Test
  void keepsLongNamesApart() {
    String scope = "/encoder/layer.0/attention/self/";
    String[] names = {scope + "query/MatMul", scope + "key/MatMul", scope + "value/MatMul"};
    for (String name : names) {
      List<String> lines = TextLines.breakName(name, 14);
      assertThat(String.join("", lines).replace(" ", "")).isEqualTo(name);
      assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(14));
    }
    assertThat(TextLines.breakName("a-name-without-end", 8))
        .containsExactly("a-name-", "  withou", "  t-end");
    assertThat(TextLines.breakName("short", 8)).containsExactly("short");
  }

  @Test
  void printsAnEstimation() throws IOException {
    assertGolden("estimation.txt", ConsoleTable.of(SampleReports.estimation(true)));
  }

  @Test
  void namesTheUnitOfATargetWithoutMicrojoules() {
    assertThat(ConsoleTable.of(SampleReports.estimation(false)))
        .contains("energy, macs")
        .doesNotContain("uJ");
  }

  @Test
  void staysWithinAHundredPlainColumns() {
    Stream.of(
            ConsoleTable.of(SampleReports.optimized()),
            ConsoleTable.of(SampleReports.rejected()),
            ConsoleTable.of(SampleReports.inspection()),
            ConsoleTable.of(SampleReports.estimation(true)))
        .flatMap(String::lines)
        .forEach(
            line -> assertThat(line).hasSizeLessThanOrEqualTo(TextTable.WIDTH).matches("[ -~]*"));
  }

  @Test
  void readsTheSameInEveryLocale() {
    OptimizationReport report = SampleReports.optimized();
    String text = ConsoleTable.of(report);
    Locale usual = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertThat(ConsoleTable.of(report)).isEqualTo(text);
    } finally {
      Locale.setDefault(usual);
    }
  }
}
