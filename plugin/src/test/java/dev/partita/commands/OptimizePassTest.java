package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UsageException;
import dev.partita.fixtures.Fixtures;
import dev.partita.spi.Arguments;
import dev.partita.spi.ModelPass;
import dev.partita.spi.PassResult;
import dev.partita.spi.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptimizePassTest {

  @TempDir Path folder;

  private static ModelPass found() {
    return ServiceLoader.load(ModelPass.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(pass -> pass.name().equals("optimize"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @Tag("slow")
  void aHostFindsItAndRunsIt() {
    ModelPass pass = found();
    Path model = Fixtures.fashionMlp(folder);
    Path output = folder.resolve("out.onnx");
    Arguments arguments =
        Arguments.of(pass)
            .with("accelerators", "2")
            .with("calibration", Fixtures.fashionCalibration(folder).toString());
    List<String> stages = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void stageStarted(String stage) {
            stages.add(stage);
          }
        };
    PassResult result = pass.run(model, output, false, arguments, listener);
    assertThat(output).exists();
    assertThat(result.changed()).isTrue();
    assertThat(result.summary())
        .anySatisfy(
            sentence ->
                assertThat(sentence).startsWith("Region r0 (layers ").contains("2 accelerators"))
        .allSatisfy(sentence -> assertThat(sentence).endsWith("."));
    assertThat(stages).contains("find", "plan", "verify");
    assertThatThrownBy(() -> pass.run(model, output, false, arguments, ProgressListener.NONE))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("exists already");
  }

  @Test
  void withoutAnOutputItWritesNothing() throws Exception {
    ModelPass pass = found();
    Path model = Fixtures.fashionMlp(folder);
    Arguments arguments = Arguments.of(pass).with("gate", "false").with("exclude", "*");
    PassResult result = pass.run(model, null, false, arguments, ProgressListener.NONE);
    assertThat(result.changed()).isFalse();
    assertThat(result.summary())
        .anySatisfy(sentence -> assertThat(sentence).contains("was left alone: "));
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(model);
    }
  }

  @Test
  void itNeedsDataForItsGate() {
    ModelPass pass = found();
    Path model = Fixtures.fashionMlp(folder);
    assertThatThrownBy(
            () -> pass.run(model, null, false, Arguments.of(pass), ProgressListener.NONE))
        .isInstanceOf(UsageException.class);
  }
}
