package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.report.schema.OptimizationReport.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code --report} and {@code --sidecar}. */
class PageOptionsTest extends CommandLineTest {

  @Test
  void writesAPageThatShowsThePathsThatWereGiven() {
    Result result =
        run("optimize", model, "-o", file("o.onnx"), "--no-gate", "--report", file("r.html"));
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.options).isNotNull();
    assertThat(engine.options.output().illustrations()).isTrue();
    assertThat(file("r.html")).content().startsWith("<!DOCTYPE html>").contains(model.toString());
  }

  @Test
  void drawsNothingUnasked() {
    run("optimize", model, "-o", file("o.onnx"), "--no-gate");
    assertThat(engine.options).isNotNull();
    assertThat(engine.options.output().illustrations()).isFalse();
  }

  @Test
  void aRejectedRunHasItsPageToo() {
    engine.outcome = Outcome.REJECTED;
    Result result =
        run("optimize", model, "-o", file("o.onnx"), "--no-gate", "--report", file("r.html"));
    assertThat(result.code()).isEqualTo(ExitCode.GATE_FAILED);
    assertThat(file("r.html")).content().contains("rejected");
    assertThat(file("o.onnx")).doesNotExist();
  }

  @Test
  void aSearchHasAPageOfItsOwnAndOneWithTheRun() throws IOException {
    Path data = Files.writeString(file("c.npz"), "data");
    Result alone = run("search", model, "--calibration", data, "--report", file("s.html"));
    assertThat(alone.code()).as(alone.err()).isEqualTo(ExitCode.DONE);
    assertThat(file("s.html")).content().contains("{\"report\":null,\"search\":{");
    run(
        "optimize",
        model,
        "-o",
        file("o"),
        "--search",
        "--calibration",
        data,
        "--report",
        file("both.html"));
    assertThat(file("both.html")).content().contains("\"search\":{\"schemaVersion\"");
  }

  @Test
  void writesTheSidecarBesideTheModel() {
    Result result = run("optimize", model, "-o", file("o.onnx"), "--no-gate", "--sidecar");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(file("o.onnx.json")).content().contains("netron:attachment");
  }

  @Test
  void aSidecarNeedsAFileToStandBeside() {
    assertRefused(run("optimize", model, "-o", "-", "--no-gate", "--sidecar"), "sidecar");
    assertRefused(run("optimize", model, "--dry-run", "--no-gate", "--sidecar"), "sidecar");
  }

  @Test
  void nothingIsReplacedUnasked() throws IOException {
    Files.writeString(file("r.html"), "mine");
    assertRefused(
        run("optimize", model, "-o", file("o"), "--no-gate", "--report", file("r.html")),
        "--overwrite");
    Files.writeString(file("o.json"), "mine");
    assertRefused(run("optimize", model, "-o", file("o"), "--no-gate", "--sidecar"), "--overwrite");
    assertThat(file("r.html")).hasContent("mine");
    assertThat(file("o.json")).hasContent("mine");
  }

  @Test
  void noTwoResultsGoToOneFile() {
    Path both = file("both");
    assertRefused(
        run("optimize", model, "-o", both, "--report", both, "--no-gate"), "the same file");
    assertRefused(
        run("optimize", model, "-o", file("o"), "--report", both, "--json", both, "--no-gate"),
        "the same file");
    assertRefused(
        run("optimize", model, "-o", file("o"), "--sidecar", "--json", file("o.json"), "--no-gate"),
        "the same file");
    assertRefused(
        run("optimize", model, "-o", file("o"), "--report", "-", "--no-gate"), "standard output");
  }

  private static void assertRefused(Result result, String part) {
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).startsWith("partita: ").contains(part);
  }
}
