package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where arrays have their samples, and what becomes of arrays in other dialects. */
class DataPlacementTest {

  @TempDir private Path folder;

  private static TensorDescription input(String name, Object... dims) {
    long[] shape = new long[dims.length];
    String[] names = new String[dims.length];
    for (int i = 0; i < dims.length; i++) {
      shape[i] = dims[i] instanceof Integer size ? size : -1;
      names[i] = dims[i] instanceof String name2 ? name2 : "";
    }
    return new TensorDescription(
        name,
        ElementType.FLOAT,
        ImmutableLongArray.copyOf(shape),
        ImmutableList.copyOf(Arrays.asList(names)));
  }

  private static ReadingOptions options(
      ImmutableMap<String, Integer> axes, @Nullable Integer batch, String... defaults) {
    return new ReadingOptions(
        1, ImmutableMap.of(), "none", axes, batch, ImmutableSet.copyOf(defaults));
  }

  private static final ReadingOptions PLAIN = options(ImmutableMap.of(), null);

  private static byte[] floats(int count) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat(i);
    }
    return bytes.array();
  }

  private static byte[] doubles(double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putDouble(value);
    }
    return bytes.array();
  }

  private static String shape(int... sizes) {
    StringBuilder text = new StringBuilder("(");
    for (int size : sizes) {
      text.append(size).append(",");
    }
    return text.append(")").toString();
  }

  private NpzWriter array(NpzWriter npz, String name, int... sizes) {
    return npz.array(
        name, "<f4", false, shape(sizes), floats(Arrays.stream(sizes).reduce(1, (a, b) -> a * b)));
  }

  private DataSet read(NpzWriter npz, ReadingOptions options, TensorDescription... inputs) {
    return DataSet.read(npz.write(folder.resolve("data.npz")).toString(), List.of(inputs), options);
  }

  @Test
  void theFirstAxisGoesBeforeAnyOther() {
    DataSet data = read(array(new NpzWriter(), "x", 3, 3), PLAIN, input("x", "time", "batch"));
    assertThat(data.samples()).isEqualTo(3);
    assertThat(data.warnings()).isEmpty();
  }

  @Test
  void anAxisThatIsNamedCountsTheSamples() {
    NpzWriter npz = array(new NpzWriter(), "x", 2, 3, 2);
    DataSet data =
        read(npz, options(ImmutableMap.of("x", 1), null), input("x", "time", "batch", 2));
    assertThat(data.samples()).isEqualTo(3);
    Tensor batch = data.batches(2).get(0).inputs().get("x");
    assertThat(batch.shape().toArray()).containsExactly(2, 2, 2);
    assertThat(batch.toFloats()).containsExactly(0, 1, 2, 3, 6, 7, 8, 9);
    assertThat(
            read(npz, options(ImmutableMap.of("x", -2), null), input("x", "t", "b", 2)).samples())
        .isEqualTo(3);
  }

  @Test
  void anAxisThatCannotCountThemIsRefused() {
    NpzWriter npz = array(new NpzWriter(), "x", 2, 3, 2);
    TensorDescription input = input("x", "time", "batch", 2);
    assertThatThrownBy(() -> read(npz, options(ImmutableMap.of("x", 3), null), input))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("axis 3 cannot count the samples");
    assertThatThrownBy(() -> read(npz, options(ImmutableMap.of("z", 1), null), input))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("The model has no input \"z\" with an axis of samples");
  }

  @Test
  void aStateHasItsSamplesAlongTheSecondAxis() {
    NpzWriter npz = array(array(new NpzWriter(), "x", 5, 2), "h", 2, 5, 3);
    DataSet data = read(npz, PLAIN, input("x", "batch", 2), input("h", 2, "batch", 3));
    assertThat(data.samples()).isEqualTo(5);
    assertThat(data.warnings())
        .singleElement()
        .asString()
        .endsWith(
            "data.npz is read so: \"x\" [5, 2] has 5 samples along the first axis, \"h\" [2, 5, 3]"
                + " has 5 samples along axis 1.");
    Tensor state = data.batches(2).get(1).inputs().get("h");
    assertThat(state.shape().toArray()).containsExactly(2, 2, 3);
    assertThat(state.toFloats()).containsExactly(6, 7, 8, 9, 10, 11, 21, 22, 23, 24, 25, 26);
    assertThat(data.mixed(1)).as("blends of rows").isEmpty();
  }

  @Test
  void twoWaysAreRefusedAndShown() {
    NpzWriter npz = array(array(new NpzWriter(), "x", 4, 6), "y", 6, 4);
    assertThatThrownBy(() -> read(npz, PLAIN, input("x", "", ""), input("y", "", "")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("can be read in two ways")
        .hasMessageContaining("\"x\" [4, 6] has 4 samples along the first axis")
        .hasMessageContaining("\"x\" [4, 6] has 6 samples along axis 1");
  }

  @Test
  void arraysOfDifferentLengthsAreRefused() {
    NpzWriter npz = array(array(new NpzWriter(), "x", 4, 2), "y", 5, 2);
    assertThatThrownBy(() -> read(npz, PLAIN, input("x", "n", 2), input("y", "n", 2)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("array \"y\" has 5 samples, array \"x\" has 4");
  }

  @Test
  void somethingHasToCountTheSamples() {
    NpzWriter npz = new NpzWriter().array("u", "<f4", false, "()", floats(1));
    assertThatThrownBy(() -> read(npz, PLAIN, input("u")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the input \"u\" is a scalar and has no axis for samples");
  }

  @Test
  void oneSampleMayComeWithoutItsFirstAxis() {
    DataSet data = read(array(new NpzWriter(), "x", 4), PLAIN, input("x", "n", 4));
    assertThat(data.samples()).isEqualTo(1);
    assertThat(data.batches(8).get(0).inputs().get("x").shape().toArray()).containsExactly(1, 4);
    assertThat(data.warnings()).singleElement().asString().contains("is one sample without");
  }

  @Test
  void aModelOfOneSampleReadsThemOneByOne() {
    DataSet data = read(array(new NpzWriter(), "x", 3, 4), PLAIN, input("x", 4));
    assertThat(data.samples()).isEqualTo(3);
    assertThat(data.batches(8)).hasSize(3);
    Tensor second = data.batches(8).get(1).inputs().get("x");
    assertThat(second.shape().toArray()).containsExactly(4);
    assertThat(second.toFloats()).containsExactly(4, 5, 6, 7);
    assertThat(data.warnings()).singleElement().asString().contains("each of them a whole input");
  }

  @Test
  void anInputOfOneSizeIsTheSameForAllSamples() {
    NpzWriter npz = array(new NpzWriter(), "x", 3, 2).array("t", "<f4", false, "()", floats(1));
    DataSet data = read(npz, PLAIN, input("x", "n", 2), input("t"));
    assertThat(data.samples()).isEqualTo(3);
    assertThat(data.batches(2).get(1).inputs().get("t").shape().length()).isZero();
    assertThat(data.warnings()).singleElement().asString().contains("is the same for all samples");
    NpzWriter fixed = array(new NpzWriter(), "x", 3, 2).array("t", "<f4", false, "()", floats(1));
    assertThat(read(fixed, PLAIN, input("x", 1, 2), input("t")).batches(64)).hasSize(3);
  }

  @Test
  void doublesBecomeFloats() {
    NpzWriter npz =
        new NpzWriter().array("x", "<f8", false, "(2, 2)", doubles(0.1, 1e300, -2, 1.0000000001));
    DataSet data = read(npz, PLAIN, input("x", "n", 2));
    assertThat(data.batches(2).get(0).inputs().get("x").toFloats())
        .containsExactly(0.1f, Float.POSITIVE_INFINITY, -2, 1);
    assertThat(data.warnings())
        .singleElement()
        .asString()
        .contains("array \"x\" is float64 and was converted to float32");
  }

  @Test
  void doublesAlongAnotherAxisBecomeFloats() {
    NpzWriter npz = new NpzWriter().array("x", "<f8", false, "(2, 3)", doubles(0, 1, 2, 3, 4, 5));
    DataSet data = read(npz, options(ImmutableMap.of("x", 1), null), input("x", 2, "n"));
    assertThat(data.batches(2).get(1).inputs().get("x").toFloats()).containsExactly(2, 5);
  }

  @Test
  void anArrayWithoutANameIsThatOfTheOneInput() {
    assertThat(read(array(new NpzWriter(), "arr_0", 3, 2), PLAIN, input("x", "n", 2)).samples())
        .isEqualTo(3);
    assertThatThrownBy(
            () ->
                read(
                    array(new NpzWriter(), "arr_0", 3, 2),
                    PLAIN,
                    input("x", "n", 2),
                    input("y", "n", 2)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("array \"arr_0\" is not an input of the model");
  }

  @Test
  void anArrayForAnInitializerIsLeftOut() {
    NpzWriter npz = array(array(new NpzWriter(), "x", 3, 2), "scale", 1);
    DataSet data = read(npz, options(ImmutableMap.of(), null, "scale"), input("x", "n", 2));
    assertThat(data.batches(3).get(0).inputs()).containsOnlyKeys("x");
    assertThat(data.warnings())
        .singleElement()
        .asString()
        .contains("array \"scale\" is not used: it would override an initializer");
    assertThatThrownBy(() -> read(npz, PLAIN, input("x", "n", 2)))
        .isInstanceOf(DataException.class);
  }

  @Test
  void batchesAreOfTheSizeThatWasAskedFor() {
    NpzWriter npz = array(new NpzWriter(), "x", 5, 2);
    DataSet data = read(npz, options(ImmutableMap.of(), 2), input("x", "n", 2));
    assertThat(data.batches(64)).extracting(Batch::samples).containsExactly(2, 2, 2);
    assertThat(data.batches(64)).extracting(Batch::counted).containsExactly(2, 2, 1);
    assertThatThrownBy(() -> read(npz, options(ImmutableMap.of(), 2), input("x", 5, 2)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the model fixes a batch of 5, not of 2");
  }
}
