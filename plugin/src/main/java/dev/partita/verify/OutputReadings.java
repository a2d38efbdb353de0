package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataException;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Labels;
import dev.partita.runtime.Suggestion;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Reading.Asked;
import dev.partita.verify.Reading.LabelUse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How the outputs of a model are read.
 *
 * @param byName the reading of each output that can be compared
 * @param dataDependent whether the size of each depends on the data
 * @param notes what became of labels that no output takes, in sentences
 */
record OutputReadings(
    ImmutableMap<String, Reading> byName,
    ImmutableMap<String, Boolean> dataDependent,
    ImmutableList<String> notes) {

  static OutputReadings of(Reference reference, ImmutableMap<String, Asked> asked) {
    DataSet data = reference.data();
    for (String name : asked.keySet()) {
      requireOutput(name, reference.outputNames());
    }
    GraphIndex index = new GraphIndex(ModelFile.read(reference.model()));
    List<Batch> batches = data.batches(Reference.MOST_SAMPLES);
    Map<String, OutputReader> readers = new LinkedHashMap<>();
    ImmutableMap.Builder<String, Boolean> dataDependent = ImmutableMap.builder();
    for (TensorDescription output : reference.outputs()) {
      GraphEvidence evidence = GraphEvidence.of(index, output.name());
      dataDependent.put(output.name(), evidence.dataDependent());
      readers.put(
          output.name(),
          new OutputReader(
              output,
              evidence,
              data,
              reference.converted().getOrDefault(output.name(), output.type().label())));
    }
    for (Batch batch : batches) {
      reference
          .batch(batch.index())
          .forEach((name, tensor) -> reader(readers, name).see(batch, tensor));
    }
    boolean only = readers.values().stream().filter(OutputReader::takesClassLabels).count() == 1;
    ImmutableMap.Builder<String, Reading> readings = ImmutableMap.builder();
    readers.forEach(
        (name, reader) ->
            readings.put(
                name,
                reader.read(
                    asked.get(name), only, batches, batch -> tensor(reference, batch, name))));
    ImmutableMap<String, Reading> byName = readings.buildOrThrow();
    return new OutputReadings(
        byName,
        dataDependent.buildOrThrow(),
        ImmutableList.<String>builder()
            .addAll(withoutSamples(reference, readers))
            .addAll(unusedLabels(data, byName, readers))
            .build());
  }

  /** Data whose first axis is another one than the model's samples shows in the outputs. */
  private static ImmutableList<String> withoutSamples(
      Reference reference, Map<String, OutputReader> readers) {
    if (readers.isEmpty() || readers.values().stream().anyMatch(OutputReader::countsSamples)) {
      return ImmutableList.of();
    }
    Map.Entry<String, OutputReader> first = readers.entrySet().iterator().next();
    return ImmutableList.of(
        "No output has a row for each of the %,d samples of %s (the shape of \"%s\" is %s), so figures are of whole batches; if another axis of an input counts the samples, say so with --sample-axis NAME=AXIS."
            .formatted(
                reference.data().samples(),
                reference.data().description(),
                first.getKey(),
                first.getValue().shapeText()));
  }

  private static OutputReader reader(Map<String, OutputReader> readers, String name) {
    return Objects.requireNonNull(readers.get(name));
  }

  private static Tensor tensor(Reference reference, int batch, String name) {
    return Objects.requireNonNull(reference.batch(batch).get(name));
  }

  /** Refuses a name that is none of the outputs. */
  static void requireOutput(String name, List<String> outputs) {
    if (!outputs.contains(name)) {
      throw new GateException(
          "The model has no output \"%s\"%s.".formatted(name, Suggestion.forName(name, outputs)),
          "Its outputs are " + String.join(", ", outputs) + ".");
    }
  }

  /** Labels out of the range of the one output that may be scored by them are a mistake. */
  private static ImmutableList<String> unusedLabels(
      DataSet data, Map<String, Reading> readings, Map<String, OutputReader> readers) {
    Labels labels = data.labels();
    if (labels == null
        || readings.values().stream().anyMatch(reading -> reading.labels() != LabelUse.NONE)) {
      return ImmutableList.of();
    }
    Optional<String> misfit =
        readers.values().stream()
            .flatMap(reader -> Optional.ofNullable(reader.misfit()).stream())
            .findFirst();
    if (misfit.isPresent()) {
      throw new DataException(misfit.get(), "Classes count from 0.");
    }
    String hint =
        readers.values().stream().anyMatch(OutputReader::takesOneHot)
            ? "they are one-hot: store labels.argmax(1)"
            : "store a class number for each sample, a 0 or 1 for each column, or a target for each"
                + " number";
    return ImmutableList.of(
        "The labels of %s count for nothing: their shape is %s, which fits no output; %s."
            .formatted(data.description(), labels.shapeText(), hint));
  }
}
