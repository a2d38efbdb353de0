package dev.partita.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.commands.Estimator;
import dev.partita.commands.Inspector;
import dev.partita.commands.Optimizer;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.TargetOptions;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GivenSizesTest {

  @TempDir private Path folder;

  private Path model(Object... dims) {
    return GraphBuilder.opset(17)
        .input("x", dims)
        .random("w", 1, 64, 64)
        .node("Gemm", "x, w", "y")
        .output("y", dims[0], 64)
        .write(folder.resolve("in.onnx"));
  }

  private static Options given(String name) {
    return Options.builder()
        .set(TargetOptions.DIM, ImmutableMap.of(name, 4L))
        .set(GateOptions.GATE, false)
        .build();
  }

  private static void refuses(ThrowingCallable command) {
    assertThatThrownBy(command)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has no symbolic dimension 'btach' (did you mean \"batch\"?).");
  }

  @Test
  void aDimensionThatTheModelDoesNotHaveIsRefused() {
    Path model = model("batch", 64);
    Options wrong = given("btach");
    refuses(() -> Inspector.inspect(model, wrong));
    refuses(() -> Estimator.model(model, wrong));
    refuses(
        () -> Optimizer.optimize(model, folder.resolve("out.onnx"), wrong, ProgressListener.NONE));
    assertThatCode(() -> Estimator.model(model, given("batch"))).doesNotThrowAnyException();
  }

  @Test
  void theHintNamesThoseOfTheModel() {
    Path named = model("batch", 64);
    assertThatThrownBy(() -> Estimator.model(named, given("rows")))
        .isInstanceOfSatisfying(
            UsageException.class, refusal -> assertThat(refusal.hint()).isEqualTo("It has batch."));
    Path fixed = model(3, 64);
    assertThatThrownBy(() -> Estimator.model(fixed, given("batch")))
        .isInstanceOfSatisfying(
            UsageException.class,
            refusal ->
                assertThat(refusal.hint())
                    .isEqualTo("All its sizes are fixed or have no name; omit --dim."));
  }
}
