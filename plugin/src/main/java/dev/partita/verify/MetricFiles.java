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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes outputs for a program to score: one {@code .npz} for each model. In both, and in the same
 * order of samples: an array for each output, named after it, first axis the samples; {@code
 * samples}, the position of each in the data as it was given, from 0; {@code labels}, as the data
 * has them. An output whose first axis does not count samples, as boxes do not, is joined along
 * that axis, and {@code NAME.rows} holds how many of its rows came from each batch. Outputs that
 * are not tensors of numbers are left out.
 */
final class MetricFiles {

  private static final String SAMPLES = "samples";
  private static final String LABELS = "labels";
  private static final String ROWS = ".rows";

  private MetricFiles() {}

  /** One of the two models. */
  private interface Side {
    ImmutableMap<String, Tensor> of(Pair pair);
  }

  /**
   * Writes both files.
   *
   * @throws MetricException where an output has no axis to join its batches along, or its name is
   *     that of another array
   */
  static void write(OutputPairs outputs, Path original, Path candidate) throws IOException {
    write(outputs, Pair::original, original);
    write(outputs, Pair::candidate, candidate);
  }

  private static void write(OutputPairs outputs, Side side, Path file) throws IOException {
    Map<String, Joined> joined = joined(outputs, side);
    try (NpzArchive npz = NpzArchive.in(file)) {
      for (TensorDescription output : outputs.outputs()) {
        String name = output.name();
        Joined all = Objects.requireNonNull(joined.get(name));
        npz.array(
            name,
            output.type(),
            all.shape(),
            Iterators.transform(
                outputs.iterator(), pair -> Objects.requireNonNull(side.of(pair).get(name))));
        if (!all.countsSamples()) {
          Tensor rows = Tensor.of(all.rows().toArray(), all.rows().length());
          npz.array(name + ROWS, ElementType.INT64, rows.shape(), List.of(rows).iterator());
        }
      }
      npz.array(
          SAMPLES,
          ElementType.INT64,
          ImmutableLongArray.of(outputs.samples()),
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

  /**
   * An output of all batches.
   *
   * @param shape of the whole
   * @param rows how many rows of the first axis each batch has
   * @param countsSamples whether these are its samples, in every batch
   */
  private record Joined(ImmutableLongArray shape, ImmutableLongArray rows, boolean countsSamples) {

    static Joined of(String name, Pair pair, Tensor tensor) {
      if (tensor.rank() == 0) {
        throw refused(name, "it is a number for each batch, not an array");
      }
      long rows = tensor.shape().get(0);
      return new Joined(
          tensor.shape(), ImmutableLongArray.of(rows), rows == pair.samples().length());
    }

    Joined and(String name, Joined next) {
      long[] whole = shape.toArray();
      long[] more = next.shape.toArray();
      if (!Arrays.equals(whole, 1, whole.length, more, 1, more.length)) {
        throw refused(
            name, "its sizes change from batch to batch, %s and %s".formatted(shape, next.shape));
      }
      whole[0] += more[0];
      return new Joined(
          ImmutableLongArray.copyOf(whole),
          ImmutableLongArray.builder().addAll(rows).addAll(next.rows).build(),
          countsSamples && next.countsSamples);
    }
  }

  private static Map<String, Joined> joined(OutputPairs outputs, Side side) {
    Map<String, Joined> joined = new LinkedHashMap<>();
    for (TensorDescription output : outputs.outputs()) {
      if (output.name().equals(SAMPLES) || output.name().equals(LABELS)) {
        throw refused(
            output.name(), "it has the name of an array that a metric gets next to outputs");
      }
    }
    for (Pair pair : outputs) {
      side.of(pair)
          .forEach(
              (name, tensor) ->
                  joined.merge(
                      name, Joined.of(name, pair, tensor), (one, next) -> one.and(name, next)));
    }
    joined.forEach(
        (name, all) -> {
          if (!all.countsSamples() && joined.containsKey(name + ROWS)) {
            throw refused(name, "the array of its rows would have the name of another output");
          }
        });
    return joined;
  }

  private static MetricException refused(String output, String why) {
    return new MetricException(
        "The output \"%s\" cannot be handed to a metric: %s.".formatted(output, why),
        "Score such outputs through the Java interface, or leave the metric out.");
  }
}
