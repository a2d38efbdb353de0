package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a data set of tensors that a program already holds, checked like those of a file. */
final class InMemoryData {
  private InMemoryData() {}

  static DataSet of(
      String description,
      List<TensorDescription> inputs,
      Map<String, Tensor> arrays,
      @Nullable Labels labels) {
    InputCheck check = new InputCheck(description, inputs);
    check.haveSamples();
    arrays.keySet().forEach(check::knows);
    ImmutableMap.Builder<String, RowArray> rows = ImmutableMap.builder();
    for (TensorDescription input : inputs) {
      Tensor tensor = arrays.get(input.name());
      if (tensor == null) {
        throw new DataException(
            "%s has no array for the input \"%s\".".formatted(description, input.name()),
            "Give an array for every input.");
      }
      check.type(input, tensor.type().numpyCode());
      check.shape(input, tensor.shape());
      RowArray array = RowArray.of(tensor);
      check.noNan(input.name(), array);
      rows.put(input.name(), array);
    }
    ImmutableMap<String, RowArray> complete = rows.buildOrThrow();
    int samples = check.samples(complete);
    if (labels != null && labels.samples() != samples) {
      throw new DataException(
          "%s: %d labels for %d samples.".formatted(description, labels.samples(), samples),
          "Give one label for each sample.");
    }
    return DataSet.of(new RowSource(complete), labels, description, check.fixedBatch());
  }
}
