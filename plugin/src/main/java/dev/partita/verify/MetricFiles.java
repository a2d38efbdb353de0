package dev.partita.verify;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterators;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.runtime.NpzArchive;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.OutputPairs.Pair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Writes outputs for a program to score: one {@code .npz} for each model. In both, and in the same
 * order of samples: an array for each output, named after it, first axis the samples; {@code
 * samples}, the position of each in the data as it was given, from 0; {@code labels} where the data
 * has them. Outputs that are no tensors of numbers are left out.
 */
final class MetricFiles {

  private static final String SAMPLES = "samples";
  private static final String LABELS = "labels";

  private MetricFiles() {}

  /**
   * Writes both files.
   *
   * @throws MetricException where an output has no axis of samples, its other sizes change from
   *     batch to batch, or its name is that of another array
   */
  static void write(OutputPairs outputs, Path original, Path candidate) throws IOException {
    Map<String, ImmutableLongArray> shapes = shapes(outputs);
    write(outputs, shapes, Pair::original, original);
    write(outputs, shapes, Pair::candidate, candidate);
  }

  private static void write(
      OutputPairs outputs,
      Map<String, ImmutableLongArray> shapes,
      Function<Pair, ImmutableMap<String, Tensor>> side,
      Path file)
      throws IOException {
    try (NpzArchive npz = NpzArchive.in(file)) {
      for (TensorDescription output : outputs.outputs()) {
        String name = output.name();
        npz.array(
            name,
            output.type(),
            Objects.requireNonNull(shapes.get(name)),
            Iterators.transform(
                outputs.iterator(), pair -> Objects.requireNonNull(side.apply(pair).get(name))));
      }
      ImmutableLongArray one = ImmutableLongArray.of(outputs.samples());
      npz.array(
          SAMPLES,
          ElementType.INT64,
          one,
          Iterators.transform(outputs.iterator(), pair -> tensor(pair.samples())));
      Tensor labels = outputs.labels();
      if (labels != null) {
        npz.array(
            LABELS,
            labels.type(),
            labels.shape(),
            Iterators.transform(outputs.iterator(), pair -> Objects.requireNonNull(pair.labels())));
      }
    }
  }

  private static Tensor tensor(ImmutableLongArray values) {
    return Tensor.of(values.toArray(), values.length());
  }

  private static Map<String, ImmutableLongArray> shapes(OutputPairs outputs) {
    Map<String, ImmutableLongArray> shapes = new LinkedHashMap<>();
    for (TensorDescription output : outputs.outputs()) {
      if (output.name().equals(SAMPLES) || output.name().equals(LABELS)) {
        throw refused(
            output.name(), "it has the name of an array that a metric gets beside outputs");
      }
    }
    for (Pair pair : outputs) {
      pair.original()
          .forEach(
              (name, tensor) ->
                  shapes.merge(
                      name, whole(outputs, pair, name, tensor), (a, b) -> same(name, a, b)));
    }
    return shapes;
  }

  private static ImmutableLongArray whole(
      OutputPairs outputs, Pair pair, String name, Tensor tensor) {
    if (tensor.rank() == 0 || tensor.shape().get(0) != pair.samples().length()) {
      throw refused(name, "its first axis does not count samples");
    }
    long[] shape = tensor.shape().toArray();
    shape[0] = outputs.samples();
    return ImmutableLongArray.copyOf(shape);
  }

  private static ImmutableLongArray same(
      String name, ImmutableLongArray before, ImmutableLongArray now) {
    if (!before.equals(now)) {
      throw refused(name, "its sizes change from batch to batch, %s and %s".formatted(before, now));
    }
    return now;
  }

  private static MetricException refused(String output, String why) {
    return new MetricException(
        "The output \"%s\" cannot be handed to a metric: %s.".formatted(output, why),
        "Score such outputs through the Java interface, or leave the metric out.");
  }
}
