package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import com.google.common.collect.Streams;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataException;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.InferenceSession.Subject;
import dev.partita.runtime.RowMask;
import dev.partita.runtime.SessionOptions;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Runs two models on the same samples and measures how far their outputs are apart. */
public final class ModelComparison {
  private ModelComparison() {}

  /**
   * Compares two models once.
   *
   * @param workers compute batches; results do not depend on their number
   * @return figures of every graph output, without a gate
   * @throws ComparisonException where inputs, outputs or output shapes differ
   * @throws DataException where no output has the classes that the labels name
   * @throws dev.partita.runtime.RuntimeFailure where ONNX Runtime refuses a model or the data
   */
  public static Accuracy compare(Path original, Path rewritten, DataSet data, Workers workers)
      throws InterruptedException {
    try (Reference reference = Reference.of(original, data, workers)) {
      return compare(reference, rewritten);
    }
  }

  /** Compares a model with an original whose outputs are at hand, on the original's samples. */
  public static Accuracy compare(Reference reference, Path rewritten) throws InterruptedException {
    return compare(reference, rewritten, rewritten);
  }

  /** The same for a file that is not yet where it goes, which messages call by another name. */
  public static Accuracy compare(Reference reference, Path rewritten, Path shown)
      throws InterruptedException {
    return compare(reference, rewritten, shown, GateLimits.DEFAULTS, outputs -> {});
  }

  /**
   * The same, and hands over the model's outputs, batch by batch in order.
   *
   * @param shown what messages call the model
   * @param limits say how outputs are read and which of them a cut leads to
   */
  static Accuracy compare(
      Reference reference,
      Path rewritten,
      Path shown,
      GateLimits limits,
      Consumer<ImmutableMap<String, Tensor>> consumer)
      throws InterruptedException {
    Subject subject =
        new Subject(shown, shown.equals(rewritten) ? "" : "checking the rewritten model");
    try (InferenceSession session =
        InferenceSession.open(rewritten, SessionOptions.SINGLE_THREADED, subject)) {
      requireSameInterface(reference, session, shown);
      Probe probe = new Probe(session, reference.outputNames());
      return compare(reference, shown, probe, limits, consumer);
    }
  }

  /**
   * Compares the original with what a probe computes of the rewritten model's outputs, which are
   * all of the original's.
   *
   * @param probe of a session that may begin in the middle of the rewritten model
   * @param limits say how outputs are read and which of them a cut leads to
   */
  public static Accuracy compare(
      Reference reference, Path rewritten, Probe probe, GateLimits limits)
      throws InterruptedException {
    return compare(reference, rewritten, probe, limits, outputs -> {});
  }

  private static Accuracy compare(
      Reference reference,
      Path rewritten,
      Probe probe,
      GateLimits limits,
      Consumer<ImmutableMap<String, Tensor>> consumer)
      throws InterruptedException {
    DataSet data = reference.data();
    OutputReadings readings = reference.readings(limits.read());
    ImmutableList<OutputStatistics> statistics =
        reference.outputs().stream()
            .map(
                output ->
                    new OutputStatistics(
                        output, data, Objects.requireNonNull(readings.byName().get(output.name()))))
            .collect(ImmutableList.toImmutableList());
    Capture.streamAll(
        List.of(probe),
        data,
        Reference.MOST_SAMPLES,
        reference.workers(),
        (batch, outputs) -> {
          add(reference, rewritten, batch, outputs.get(0), statistics);
          consumer.accept(outputs.get(0));
        });
    requireThatSomethingCounts(data, statistics);
    return new Accuracy(
        data.description(),
        data.samples(),
        data.labelled(),
        figures(reference, readings, limits, statistics),
        ImmutableList.of(),
        readings.notes());
  }

  /** Figures of nothing would pass for perfect ones. */
  private static void requireThatSomethingCounts(
      DataSet data, ImmutableList<OutputStatistics> statistics) {
    if (!statistics.isEmpty() && statistics.stream().allMatch(OutputStatistics::nothingCounts)) {
      throw new DataException(
          data.description() + ": the padding mask leaves out every position of every output.",
          "Check the mask, name another with --padding-mask, or use --padding-mask none.");
    }
  }

  private static void add(
      Reference reference,
      Path rewritten,
      Batch batch,
      ImmutableMap<String, Tensor> outputs,
      List<OutputStatistics> statistics) {
    ImmutableMap<String, Tensor> originals = reference.batch(batch.index());
    RowMask mask = batch.mask();
    int index = 0;
    for (String name : reference.outputNames()) {
      Tensor before = originals.get(name);
      Tensor after = outputs.get(name);
      if (before == null || after == null) {
        throw new IllegalStateException("No value of the output \"" + name + "\".");
      }
      if (before.type() != after.type()) {
        throw new ComparisonException(
            "The output \"%s\" is %s in %s, but %s in %s."
                .formatted(
                    name,
                    before.type().label(),
                    reference.model(),
                    after.type().label(),
                    rewritten));
      }
      statistics.get(index++).add(batch, mask, before, after);
    }
  }

  private static void requireSameInterface(
      Reference reference, InferenceSession session, Path shown) {
    requireSame("input", reference, shown, types(reference.inputs()), types(session.inputs()));
    requireSame(
        "output",
        reference,
        shown,
        types(
            reference.outputs().stream()
                .filter(output -> !reference.converted().containsKey(output.name()))
                .toList(),
            ImmutableMap.<String, String>builder()
                .putAll(reference.converted())
                .putAll(reference.unsupportedOutputs())
                .buildOrThrow()),
        types(session.outputs(), session.unsupportedOutputs()));
  }

  private static Map<String, String> types(List<TensorDescription> values) {
    return types(values, ImmutableMap.of());
  }

  /** Names and types; shapes are compared as they come out, because a rewrite may declare fewer. */
  private static Map<String, String> types(
      List<TensorDescription> values, Map<String, String> unsupported) {
    ImmutableMap.Builder<String, String> types = ImmutableMap.builder();
    values.forEach(value -> types.put(value.name(), value.type().label()));
    return types.putAll(unsupported).buildOrThrow();
  }

  private static void requireSame(
      String kind,
      Reference reference,
      Path shown,
      Map<String, String> original,
      Map<String, String> rewritten) {
    if (!original.keySet().equals(rewritten.keySet())) {
      throw new ComparisonException(
          "%s and %s have different %ss: %s only in the first, %s only in the second."
              .formatted(
                  reference.model(),
                  shown,
                  kind,
                  quoted(Sets.difference(original.keySet(), rewritten.keySet())),
                  quoted(Sets.difference(rewritten.keySet(), original.keySet()))));
    }
    original.forEach(
        (name, type) -> {
          if (!type.equals(rewritten.get(name))) {
            throw new ComparisonException(
                "The %s \"%s\" is %s in %s, but %s in %s."
                    .formatted(kind, name, type, reference.model(), rewritten.get(name), shown));
          }
        });
  }

  private static String quoted(Iterable<String> names) {
    String list =
        Streams.stream(names).map(name -> "\"" + name + "\"").collect(Collectors.joining(", "));
    return list.isEmpty() ? "none" : list;
  }

  private static ImmutableList<OutputAccuracy> figures(
      Reference reference,
      OutputReadings readings,
      GateLimits limits,
      List<OutputStatistics> statistics) {
    ImmutableSet<String> reached = limits.reached();
    ImmutableList.Builder<OutputAccuracy> figures = ImmutableList.builder();
    for (int i = 0; i < statistics.size(); i++) {
      String name = reference.outputNames().get(i);
      figures.add(
          statistics
              .get(i)
              .figures(
                  reached == null || reached.contains(name),
                  Boolean.TRUE.equals(readings.dataDependent().get(name))));
    }
    reference
        .unsupportedOutputs()
        .forEach((name, what) -> figures.add(OutputAccuracy.other(name, what)));
    return figures.build();
  }
}
