package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageErrorTest extends CommandLineTest {

  @AfterEach
  void nothingWasAskedOfTheEngine() {
    assertThat(engine.options).isNull();
  }

  @Test
  void needsACommand() {
    assertRefused(run(), "No command was given");
  }

  @Test
  void suggestsWhatWasMeant() {
    assertRefused(run("optimize", model, "-o", file("o"), "--calibratoin", "x"), "--calibration");
    assertRefused(run("inspcet", model), "inspect");
  }

  @ParameterizedTest
  @CsvSource({
    "--repair, distill",
    "--strategy, best",
    "--ir-version, 10",
    "--soften, some",
    "--dram, both",
    "--dim, batch",
    "--seed, one",
    "--accelerators, many"
  })
  void namesTheOptionWhoseValueIsWrong(String option, String value) {
    assertRefused(run("optimize", model, "-o", file("o"), "--no-gate", option, value), option);
  }

  @ParameterizedTest
  @CsvSource({"-p, 0", "-p, -4", "--min-block, 0", "--threads, 0", "--dim, batch=0"})
  void refusesNumbersBelowOne(String option, String value) {
    Result result = run("optimize", model, "-o", file("o"), "--no-gate", option, value);
    assertRefused(result, "at least 1");
  }

  @Test
  void refusesToWriteWithoutACheckUnlessAskedTo() {
    assertRefused(run("optimize", model, "-o", file("o")), "--no-gate");
  }

  @Test
  void refusesAGateThatIsSwitchedOff() {
    assertRefused(
        run("optimize", model, "-o", file("o"), "--no-gate", "--min-agreement", "0.9"),
        "--no-gate");
  }

  @Test
  void refusesAMetricThatCannotBeTaken() {
    for (String command : new String[] {"optimize", "search"}) {
      Object[] start =
          command.equals("optimize")
              ? new Object[] {command, model, "-o", file("o"), "--calibration", "random"}
              : new Object[] {command, model, "--calibration", "random"};
      assertRefused(run(with(start, "--metric", "sh x")), "--max-metric-drop");
      assertRefused(run(with(start, "--max-metric-drop", "1")), "--metric");
      assertRefused(
          run(with(start, "--metric", "no-such-program-here x", "--max-metric-drop", "1")),
          "no-such-program-here");
      assertRefused(
          run(with(start, "--metric", "sh 'x", "--max-metric-drop", "1")), "a quote stays open");
      assertRefused(
          run(with(start, "--metric", "sh", "--max-metric-drop", "-1")), "--max-metric-drop");
      assertRefused(
          run(with(start, "--metric", "sh", "--max-metric-drop", "1", "--metric-timeout", "soon")),
          "such as 90s, 30m or 2h");
      assertRefused(
          run(with(start, "--metric", "sh", "--max-metric-drop", "1", "--metric-timeout", "0s")),
          "a positive duration");
      assertRefused(
          run(with(start, "--metric", "sh", "--max-metric-drop", "1", "--metric-name", "a b")),
          "\"a b\"");
    }
    assertRefused(
        run(
            "optimize",
            model,
            "-o",
            file("o"),
            "--no-gate",
            "--metric",
            "sh",
            "--max-metric-drop",
            "1"),
        "--no-gate");
  }

  private static Object[] with(Object[] start, Object... more) {
    return Stream.concat(Arrays.stream(start), Arrays.stream(more)).toArray();
  }

  @Test
  void needsAnOutput() {
    assertRefused(run("optimize", model, "--no-gate"), "-o OUT.onnx");
  }

  @Test
  void neverReplacesTheInput() throws IOException {
    assertInputIsKept(model);
    assertInputIsKept(folder.resolve(".").resolve("in.onnx"));
    assertInputIsKept(Files.createSymbolicLink(file("soft.onnx"), model));
    assertInputIsKept(Files.createLink(file("hard.onnx"), model));
    Path alias = Files.createSymbolicLink(file("alias"), folder);
    assertInputIsKept(alias.resolve("in.onnx"));
  }

  private void assertInputIsKept(Path output) throws IOException {
    assertRefused(run("optimize", model, "-o", output, "--no-gate", "--overwrite"), "is an input");
    assertRefused(run("inspect", model, "--json", output, "--overwrite"), "is an input");
    assertThat(model).hasContent("a model");
  }

  @Test
  void neverReplacesTheData() throws IOException {
    Path data = Files.writeString(file("data.npz"), "data");
    assertRefused(
        run("optimize", model, "-o", data, "--calibration", data, "--overwrite"), "is an input");
    assertRefused(
        run("verify", model, model, "--data", data, "--json", data, "--overwrite"), "is an input");
  }

  @Test
  void replacesNothingUnlessAskedTo() throws IOException {
    Path existing = Files.writeString(file("out.onnx"), "mine");
    assertRefused(run("optimize", model, "-o", existing, "--no-gate"), "--overwrite");
    assertRefused(run("estimate", "--shape", "8-8", "--json", existing), "--overwrite");
    assertThat(existing).hasContent("mine");
  }

  @Test
  void replacesNoLinkThatLeadsNowhere() throws IOException {
    Path link = Files.createSymbolicLink(file("out.onnx"), file("nowhere"));
    assertRefused(run("optimize", model, "-o", link, "--no-gate"), "--overwrite");
  }

  @Test
  void needsAFolderToWriteTo() throws IOException {
    assertRefused(run("optimize", model, "-o", file("no/o.onnx"), "--no-gate"), "no folder");
    assertRefused(run("optimize", model, "-o", folder, "--no-gate"), "is a folder");
    // A file system that refuses even the superuser.
    Path readOnly = Path.of("/proc");
    if (Files.isDirectory(readOnly)) {
      assertRefused(run("optimize", model, "-o", "/proc/o.onnx", "--no-gate"), "cannot be written");
    }
  }

  @Test
  void keepsTheModelAndTheReportApart() {
    Path both = file("both");
    assertRefused(run("optimize", model, "-o", both, "--json", both, "--no-gate"), "the same file");
    assertRefused(run("optimize", model, "-o", "-", "--json", "-", "--no-gate"), "standard output");
    assertRefused(run("verify", "-", "-"), "standard input");
  }

  @Test
  void needsOneThingToEstimate() {
    assertRefused(run("estimate"), "Neither a model nor a shape was given");
    assertRefused(run("estimate", model, "--shape", "8-8"), "Both");
    assertRefused(run("estimate", model, "--rows", "8"), "--shape");
    assertRefused(run("estimate", model, "--last-layer", "cut"), "--shape");
    assertRefused(run("estimate", "--shape", "8-8", "--dim", "batch=8"), "--rows");
    assertRefused(run("estimate", "--shape", "8-8", "--rows", "0"), "at least 1");
  }

  @ParameterizedTest
  @CsvSource({"8", "8-", "8-0", "8--8", "8-a", "8x8", "99999999999999999999-1"})
  void readsOnlyChainsOfWidths(String shape) {
    assertRefused(run("estimate", "--shape", shape), "--shape");
  }

  @Test
  void overridesOnlyATargetThatIsNamed() {
    assertRefused(run("targets", "--set", "clock_mhz=1"), "--set");
  }

  private static void assertRefused(Result result, String... parts) {
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.USAGE);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("partita: ").contains(parts);
    assertThat(result.err()).doesNotContain("\tat ");
  }
}
