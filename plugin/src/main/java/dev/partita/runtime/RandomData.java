package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import com.google.common.primitives.Ints;
import dev.partita.model.ElementType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;

/** Draws inputs: floats normal, whole numbers from 0 to 99, booleans even. */
final class RandomData {
  private static final int DEFAULT_SAMPLES = 64;
  private static final int INTEGER_BOUND = 100;

  private RandomData() {}

  static DataSet read(
      String specification,
      List<TensorDescription> inputs,
      long seed,
      Map<String, Integer> dimensions) {
    int asked = samples(specification);
    InputCheck check = new InputCheck(specification, inputs);
    check.haveSamples();
    OptionalInt fixedBatch = check.fixedBatch();
    int batch = fixedBatch.orElse(1);
    int samples = Math.multiplyExact((asked + batch - 1) / batch, batch);
    ImmutableMap.Builder<String, RowArray> arrays = ImmutableMap.builder();
    Random random = new Random(seed);
    for (TensorDescription input : inputs) {
      arrays.put(input.name(), RowArray.of(draw(input, samples, random, dimensions)));
    }
    return DataSet.of(
        new RowSource(arrays.buildOrThrow()),
        null,
        "random inputs (%d samples, seed %d)".formatted(samples, seed),
        fixedBatch);
  }

  private static int samples(String specification) {
    if (specification.equals("random")) {
      return DEFAULT_SAMPLES;
    }
    Integer count = Ints.tryParse(specification.substring("random:".length()));
    if (count == null || count < 1) {
      throw new DataException(
          "\"%s\" is not a valid number of random samples.".formatted(specification),
          "Pass random or random:N, with N at least 1.");
    }
    return count;
  }

  private static Tensor draw(
      TensorDescription input, int samples, Random random, Map<String, Integer> dimensions) {
    if (!input.facts().ranked()) {
      throw new DataException(
          "The input \"%s\" has no declared shape, so no random samples can be drawn for it."
              .formatted(input.name()),
          "Give data: an .npz file or a folder of ONNX test data sets.");
    }
    ImmutableLongArray.Builder shape = ImmutableLongArray.builder().add(samples);
    for (int axis = 1; axis < input.rank(); axis++) {
      long fixed = input.shape().get(axis);
      shape.add(fixed >= 0 ? fixed : dimensions.getOrDefault(input.dimensionNames().get(axis), 1));
    }
    Tensor tensor;
    try {
      tensor = Tensor.allocate(input.type(), shape.build().toArray());
    } catch (IllegalArgumentException | ArithmeticException tooLarge) {
      throw new DataException(
          "%d random samples of the input \"%s\" %s are over the limit of 2 GiB."
              .formatted(samples, input.name(), input.shapeText()),
          "Ask for fewer with random:N.",
          tooLarge);
    }
    ByteBuffer data = tensor.data();
    for (int i = 0; i < tensor.elements(); i++) {
      double value =
          input.type().isFloating() ? random.nextGaussian() : random.nextInt(bound(input));
      input.type().put(value, data);
    }
    return tensor;
  }

  private static int bound(TensorDescription input) {
    if (input.type() == ElementType.BOOL) {
      return 2;
    }
    return input.facts().bound() > 0
        ? Math.min(INTEGER_BOUND, input.facts().bound())
        : INTEGER_BOUND;
  }
}
