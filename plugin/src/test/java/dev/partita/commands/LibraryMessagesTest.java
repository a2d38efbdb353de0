package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.PartitaException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Strategy;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the library says to a host where the command line would have said it before. */
class LibraryMessagesTest {

  private static final Options OPTIONS = Options.builder().set(GateOptions.GATE, false).build();

  @TempDir private Path folder;
  private Path model = Path.of("");

  @BeforeEach
  void writeModel() {
    model =
        GraphBuilder.opset(17)
            .input("x", "N", 96)
            .random("w", 1, 96, 128)
            .node("first", "MatMul", "x, w", "h")
            .node("act", "Relu", "h", "y")
            .output("y", "N", 128)
            .write(folder.resolve("in.onnx"));
  }

  private static void assertSays(ThrowingCallable call, String sentence) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            PartitaException.class,
            failure -> {
              assertThat(failure).hasMessageContaining(sentence);
              assertThat(failure.hint()).matches("\\S.*[.?]");
            });
  }

  private static void optimize(Path model, Path output) {
    Optimizer.optimize(model, output, OPTIONS, ProgressListener.NONE);
  }

  @Test
  void ofOutputs() throws IOException {
    Path taken = Files.createFile(folder.resolve("taken.onnx"));
    assertSays(
        () -> Optimizer.optimize(model, null, OPTIONS, ProgressListener.NONE),
        "No output path was given.");
    assertSays(
        () -> optimize(model, folder.resolve("absent/out.onnx")),
        "out.onnx: its folder does not exist");
    assertSays(() -> optimize(model, model), "in.onnx: the output path is the input path.");
    assertSays(() -> optimize(model, taken), "taken.onnx: exists already.");
    if (Files.isDirectory(Path.of("/proc/self"))) {
      assertSays(
          () -> optimize(model, Path.of("/proc/self/o")), "/proc/self: cannot be written to");
    }
  }

  @Test
  void ofLimits() {
    assertSays(
        () -> Options.builder().set(GateOptions.MAX_ACCURACY_DROP, 2.0).build(),
        "must be between 0 and 1.0, but is 2.0.");
    assertSays(
        () -> Options.builder().set(GateOptions.MAX_RELATIVE_ERROR, -1.0).build(),
        "must be at least 0, but is -1.0.");
  }

  @Test
  void ofSearches() {
    assertSays(
        () -> Search.search(model, OPTIONS, Duration.ofMinutes(1), ProgressListener.NONE),
        "A search needs the gate to evaluate its choices.");
    Options lossless =
        Options.builder()
            .set(PlanningOptions.CALIBRATION, "random:8")
            .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS)
            .build();
    assertSays(
        () -> Search.search(model, lossless, Duration.ofMinutes(1), ProgressListener.NONE),
        "A search does not apply to --strategy lossless.");
  }

  @Test
  void ofChains() {
    assertSays(
        () -> Estimator.chain(List.of(64L), 1, true, OPTIONS),
        "A chain needs at least two widths of at least 1, and at least one row.");
  }
}
