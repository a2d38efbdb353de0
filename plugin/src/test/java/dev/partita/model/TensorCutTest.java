package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.ImmutableIntArray;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parts of tensors against a reference that looks up one element at a time. */
class TensorCutTest {

  private static final OnnxModel NONE =
      new OnnxModel(ModelProto.getDefaultInstance(), Path.of("none.onnx"), 0);

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"BOOL", "UINT32", "UINT64"})
  void anyPartInAnyOrderOfAxes(ElementType format) {
    Random random = new Random(format.name().hashCode());
    for (int round = 0; round < 60; round++) {
      int rank = random.nextInt(5);
      List<Long> dims = new ArrayList<>();
      for (int axis = 0; axis < rank; axis++) {
        dims.add(1L + random.nextInt(6));
      }
      check(format, dims, random);
    }
  }

  @Test
  void largePartsAreFilledInTiles() {
    check(ElementType.FLOAT, List.of(700L, 900L), new Random(1));
    check(ElementType.INT8, List.of(40L, 300L, 200L), new Random(2));
  }

  /** The other dimensions may be of any size then: a mutated model had such a bias. */
  @Test
  void aTensorWithoutElementsIsNotCounted() {
    TensorProto stored =
        TensorProto.newBuilder().setName("t").setDataType(DataType.FLOAT_VALUE).build();
    TensorProto cut =
        TensorCut.cut(
            NONE,
            stored,
            List.of(1L << 40, 1L << 40, 0L, 8L),
            ImmutableIntArray.of(0, 1, 2, 3),
            Arrays.asList(null, null, null, new int[] {1, 5}),
            "cut",
            Scratch.onHeap());
    assertThat(cut.getDimsList()).containsExactly(1L << 40, 1L << 40, 0L, 2L);
    assertThat(cut.getRawData().size()).isZero();
  }

  private static void check(ElementType format, List<Long> dims, Random random) {
    int size = Math.toIntExact(dims.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b));
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i % 101;
    }
    TensorProto stored =
        Tensors.ofNumbers(
            "t",
            format,
            values,
            Scratch.onHeap(),
            dims.stream().mapToLong(Long::longValue).toArray());
    List<Integer> axes = new ArrayList<>(IntStream.range(0, dims.size()).boxed().toList());
    Collections.shuffle(axes, random);
    List<int @Nullable []> selection = new ArrayList<>();
    for (int axis : axes) {
      selection.add(
          random.nextInt(3) == 0 ? null : places(Math.toIntExact(dims.get(axis)), random));
    }
    TensorProto cut =
        TensorCut.cut(
            NONE, stored, dims, ImmutableIntArray.copyOf(axes), selection, "cut", Scratch.onHeap());
    List<Float> expected = new ArrayList<>();
    collect(values, dims, axes, selection, new int[dims.size()], 0, expected);
    ElementView view = Tensors.view(NONE, cut);
    assertThat(view.size()).isEqualTo(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(view.get(i)).isEqualTo(expected.get(i));
    }
  }

  private static int[] places(int size, Random random) {
    int first = random.nextInt(size);
    return random.nextBoolean()
        ? IntStream.range(first, size).toArray()
        : IntStream.generate(() -> random.nextInt(size)).limit(1 + random.nextInt(size)).toArray();
  }

  private static void collect(
      float[] values,
      List<Long> dims,
      List<Integer> axes,
      List<int @Nullable []> selection,
      int[] place,
      int depth,
      List<Float> into) {
    if (depth == axes.size()) {
      int at = 0;
      for (int axis = 0; axis < dims.size(); axis++) {
        at = at * Math.toIntExact(dims.get(axis)) + place[axis];
      }
      into.add(values[at]);
      return;
    }
    int axis = axes.get(depth);
    int[] chosen = selection.get(depth);
    int[] all =
        chosen == null ? IntStream.range(0, Math.toIntExact(dims.get(axis))).toArray() : chosen;
    for (int one : all) {
      place[axis] = one;
      collect(values, dims, axes, selection, place, depth + 1, into);
    }
  }
}
