package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    assertThat(data.label(4, 0)).isEqualTo(9);
  }

  @Test
  void everyFourthSampleIsHeldOut() {
    DataSet.Split split = five().split(0.25);
    assertThat(split.kept().samples()).isEqualTo(4);
    assertThat(split.heldOut().samples()).isEqualTo(1);
    assertThat(split.heldOut().batches(9).get(0).inputs().get("x").toFloats())
        .containsExactly(30, 31);
    assertThat(split.heldOut().label(0, 0)).isEqualTo(8);
    assertThat(split.heldOut().description()).endsWith("five.npz (held out)");
    assertThat(split.kept().batches(9).get(0).inputs().get("x").toFloats())
        .containsExactly(0, 1, 10, 11, 20, 21, 40, 41);
    assertThat(split.kept().label(3, 0)).isEqualTo(9);
  }

  @Test
  void splitsLeaveAtLeastOneSampleOnEachSide() {
    DataSet.Split rare = five().split(0.01);
    assertThat(rare.kept().samples()).isEqualTo(4);
    assertThat(rare.heldOut().label(0, 0)).isEqualTo(9);
    assertThat(five().split(0.999).kept().samples()).isEqualTo(1);
    assertThat(rare.kept().split(0.5).heldOut().label(1, 0)).isEqualTo(8);
    assertThatThrownBy(() -> rare.heldOut().split(0.25))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith("five.npz (held out) has only one sample, so none can be held out.");
    assertThatThrownBy(() -> five().split(1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aFixedBatchIsFilledUpWithSamplesThatDoNotCount() {
    Path file =
        new NpzWriter()
            .floats("x", "(5, 2)", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
            .write(folder.resolve("fixed.npz"));
    DataSet data = DataSet.read(file.toString(), List.of(fixed("x", 2)), 0);
    assertThat(data.batches(100)).extracting(Batch::samples).containsExactly(2, 2, 2);
    assertThat(data.batches(100)).extracting(Batch::counted).containsExactly(2, 2, 1);
    assertThat(data.batches(1).get(2).inputs().get("x").toFloats()).containsExactly(8, 9, 8, 9);
    assertThat(data.warnings()).isEmpty();
    DataSet few = DataSet.read(file.toString(), List.of(fixed("x", 8)), 0);
    assertThat(few.batches(1)).extracting(Batch::samples).containsExactly(8);
    assertThat(few.batches(1).get(0).counted()).isEqualTo(5);
    assertThat(few.batches(1).get(0).inputs().get("x").shape().get(0)).isEqualTo(8);
  }

  private static TensorDescription fixed(String name, long batch) {
    return TensorDescription.of(name, ElementType.FLOAT, batch, 2);
  }

  @Test
  void inputsThatCannotShareSamplesAreRefused() {
    assertThatThrownBy(() -> DataSet.read("random", List.of(fixed("a", 2), fixed("b", 3)), 0))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "random: the inputs \"a\" [2, 2] and \"b\" [3, 2] fix different numbers of samples.");
    assertThatThrownBy(
            () -> DataSet.read("random", List.of(TensorDescription.of("s", ElementType.INT64)), 0))
        .isInstanceOf(DataException.class)
        .hasMessage("random: the input \"s\" is a scalar and has no axis for samples.");
    assertThatThrownBy(() -> DataSet.read("random", List.of(), 0))
        .isInstanceOf(DataException.class)
        .hasMessage("random: the model has no inputs, so it cannot use data.");
  }

  @Test
  void randomInputsFollowSeedAndDimensions() {
    TensorDescription tokens =
        new TensorDescription(
            "tokens",
            ElementType.INT64,
            ImmutableLongArray.of(-1, -1),
            ImmutableList.of("batch", "sequence"));
    TensorDescription noise = TensorDescription.of("noise", ElementType.FLOAT, -1, 2);
    DataSet data =
        DataSet.read("random:10", List.of(tokens, noise), 1, Map.of("sequence", 7, "batch", 3));
    assertThat(data.description()).isEqualTo("random inputs (10 samples, seed 1)");
    assertThat(data.samples()).isEqualTo(10);
    assertThat(data.labelled()).isFalse();
    Tensor drawn = data.batches(100).get(0).inputs().get("tokens");
    assertThat(drawn.shape().toArray()).containsExactly(10, 7);
    for (int i = 0; i < drawn.elements(); i++) {
      assertThat(drawn.doubleAt(i)).isBetween(0.0, 99.0);
    }
    DataSet again = DataSet.read("random:10", List.of(tokens, noise), 1, Map.of("sequence", 7));
    assertThat(again.batches(100).get(0).inputs()).isEqualTo(data.batches(100).get(0).inputs());
    DataSet other = DataSet.read("random:10", List.of(tokens, noise), 2, Map.of("sequence", 7));
    assertThat(other.batches(100).get(0).inputs()).isNotEqualTo(data.batches(100).get(0).inputs());
    assertThat(DataSet.read("random", List.of(tokens), 1).samples()).isEqualTo(64);
    assertThat(DataSet.read("random", List.of(tokens), 1).batches(1).get(0).inputs().get("tokens"))
        .extracting(tensor -> tensor.shape().get(1))
        .isEqualTo(1L);
    // A fixed batch size rounds the number up.
    assertThat(DataSet.read("random:5", List.of(fixed("x", 4)), 1).samples()).isEqualTo(8);
  }

  @Test
  void specificationsThatMakeNoSenseAreRefused() {
    for (String wrong : new String[] {"random:0", "random:", "random:many"}) {
      assertThatThrownBy(() -> DataSet.read(wrong, PAIRS, 0))
          .isInstanceOf(DataException.class)
          .hasMessage("\"" + wrong + "\" is not a valid number of random samples.");
    }
    Path missing = folder.resolve("none.npz");
    assertThatThrownBy(() -> DataSet.read(missing.toString(), PAIRS, 0))
        .isInstanceOf(DataException.class)
        .hasMessage("No such file or folder: " + missing + ".");
  }

  @Test
  void tensorsInMemoryAreCheckedLikeAnyOther() {
    Tensor two = Tensor.of(new float[] {1, 2}, 1, 2);
    assertThat(DataSet.of("mine", PAIRS, Map.of("x", two), Labels.of(new long[] {1})).label(0, 0))
        .isEqualTo(1);
    assertThatThrownBy(() -> DataSet.of("mine", PAIRS, Map.of("x", two), Labels.of(new long[2])))
        .isInstanceOf(DataException.class)
        .hasMessage("mine: 2 labels for 1 samples.");
    assertThatThrownBy(() -> DataSet.of("mine", PAIRS, Map.of(), null))
        .isInstanceOf(DataException.class)
        .hasMessage("mine has no array for the input \"x\".");
  }
}
