package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AnnotateCommandTest extends CommandLineTest {

  @Test
  void handsOverTheSidecar() throws IOException {
    Path sidecar = Files.writeString(file("in.onnx.json"), "{}");
    Result result = run("annotate", model, "-o", file("out.onnx"), "--sidecar", sidecar);
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.sidecar).isEqualTo(sidecar);
    assertThat(result.out())
        .startsWith(
            "The figures of 4 nodes were restored from the sidecar: 3 nodes identified by name")
        .contains("gone/branch0", "The model is in " + file("out.onnx") + ".");
    assertThat(file("out.onnx")).hasContent("a model");
  }

  @Test
  void estimatesForATargetWhereThereIsNone() {
    Result result =
        run("annotate", model, "-o", file("o"), "--target", "eyeriss-65nm", "--json", "-");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.sidecar).isNull();
    assertThat(java.util.Objects.requireNonNull(engine.options).target().name())
        .isEqualTo("eyeriss-65nm");
    assertThat(result.out()).contains("\"byOutput\" : 1", "\"reason\" : \"NOT_THERE\"");
  }

  @Test
  void readsStandardInputAndWritesStandardOutput() {
    Result result = runOn(false, "piped", "annotate", "-", "-o", "-");
    assertThat(result.out()).isEqualTo("piped");
    assertThat(result.err()).contains("The model is in -.");
  }

  @Test
  void refusesWhatCannotBeMeant() throws IOException {
    Path sidecar = Files.writeString(file("s.json"), "{}");
    assertRefused(run("annotate", model), ExitCode.USAGE, "-o OUT.onnx");
    assertRefused(
        run("annotate", model, "-o", file("o"), "--sidecar", sidecar, "--dram", "shared"),
        ExitCode.USAGE,
        "Omit --sidecar");
    assertRefused(run("annotate", model, "-o", "-", "--json", "-"), ExitCode.USAGE, "standard");
    assertRefused(
        run("annotate", model, "-o", sidecar, "--sidecar", sidecar, "--overwrite"),
        ExitCode.USAGE,
        "is an input");
    assertRefused(
        run("annotate", model, "-o", file("o"), "--sidecar", file("none.json")),
        ExitCode.UNSUPPORTED_INPUT,
        "none.json");
    assertThat(engine.options).isNull();
  }

  private static void assertRefused(Result result, int code, String part) {
    assertThat(result.code()).as(result.err()).isEqualTo(code);
    assertThat(result.err()).startsWith("partita: ").contains(part);
    assertThat(result.out()).isEmpty();
  }
}
