package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetTest {
  private static final List<TensorDescription> PAIRS =
      List.of(TensorDescription.of("x", ElementType.FLOAT, -1, 2));

  @TempDir Path folder;

  private DataSet five() {
    Path file =
        new NpzWriter()
            .floats("x", "(5, 2)", 0, 1, 10, 11, 20, 21, 30, 31, 40, 41)
            .longs("labels", "(5,)", 5, 6, 7, 8, 9)
            .write(folder.resolve("five.npz"));
    return DataSet.read(file.toString(), PAIRS, 0);
  }

  @Test
  void batchesGoOverAllSamplesInOrder() {
    DataSet data = five();
    assertThat(data.samples()).isEqualTo(5);
    assertThat(data.labelled()).isTrue();
    assertThat(data.description()).endsWith("five.npz");
    assertThat(data.warnings()).isEmpty();
    List<Batch> batches = data.batches(2);
    assertThat(batches).extracting(Batch::samples).containsExactly(2, 2, 1);
    assertThat(batches).extracting(Batch::firstSample).containsExactly(0, 2, 4);
    assertThat(batches.get(1).inputs().get("x").toFloats()).containsExactly(20, 21, 30, 31);
    assertThat(batches.get(2).inputs().get("x").shape().toArray()).containsExactly(1, 2);
    assertThat(data.label(4)).isEqualTo(9);
  }

  @Test
  void everyFourthSampleIsHeldOut() {
    DataSet.Split split = five().split(0.25);
    assertThat(split.kept().samples()).isEqualTo(4);
    assertThat(split.heldOut().samples()).isEqualTo(1);
    assertThat(split.heldOut().batches(9).get(0).inputs().get("x").toFloats())
        .containsExactly(30, 31);
    assertThat(split.heldOut().label(0)).isEqualTo(8);
    assertThat(split.heldOut().description()).endsWith("five.npz (held out)");
    assertThat(split.kept().batches(9).get(0).inputs().get("x").toFloats())
        .containsExactly(0, 1, 10, 11, 20, 21, 40, 41);
    assertThat(split.kept().label(3)).isEqualTo(9);
  }
}
