package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Compares arrays with a model's inputs; each refusal names the source, the array and both sides.
 */
final class InputCheck {
  private final String source;
  private final List<TensorDescription> inputs;

  /**
   * @param source where the arrays come from, as messages name it
   */
  InputCheck(String source, List<TensorDescription> inputs) {
    this.source = source;
    this.inputs = inputs;
    if (inputs.isEmpty()) {
      throw new DataException(
          source + ": the model has no inputs, so it cannot use data.",
          "Pass a model with inputs.");
    }
  }

  /** Refuses inputs of which there cannot be one for each sample. */
  void haveSamples() {
    for (TensorDescription input : inputs) {
      if (input.rank() == 0 && input.facts().ranked()) {
        throw new DataException(
            "%s: the input \"%s\" is a scalar and has no axis for samples."
                .formatted(source, input.name()),
            "Pass a folder of ONNX test data sets instead.");
      }
    }
  }

  boolean isInput(String name) {
    return inputs.stream().anyMatch(input -> input.name().equals(name));
  }

  void knows(String name) {
    if (isInput(name) || name.equals(NpzReader.LABELS)) {
      return;
    }
    String meant =
        inputs.size() == 1
            ? inputs.get(0).name()
            : Suggestion.closest(name, Iterables.transform(inputs, TensorDescription::name))
                .orElse(null);
    throw new DataException(
        "%s: array \"%s\" is not an input of the model.".formatted(source, name),
        (meant == null ? "" : "Did you mean \"" + meant + "\"? ")
            + "The model takes "
            + inputs.stream()
                .map(
                    input ->
                        "\"%s\" (%s %s)"
                            .formatted(input.name(), input.type().label(), input.shapeText()))
                .collect(Collectors.joining(", ", "", ".")));
  }

  void type(TensorDescription input, String numpyCode) {
    boolean same =
        numpyCode.equals(input.type().numpyCode())
            || (input.type() == ElementType.BOOL && numpyCode.equals("b1"));
    if (!same) {
      throw new DataException(
          "%s: array \"%s\" is %s, the input is %s."
              .formatted(source, input.name(), typeLabel(numpyCode), input.type().label()),
          "Convert it first: %s.astype(numpy.%s)."
              .formatted(
                  input.name(), input.type() == ElementType.BOOL ? "bool_" : input.type().label()));
    }
  }

  static String typeLabel(String numpyCode) {
    return ElementType.ofNumpy(numpyCode)
        .map(ElementType::label)
        .orElse("of type '" + numpyCode + "'");
  }

  void shape(TensorDescription input, ImmutableLongArray shape) {
    boolean fits = input.facts().ranked() ? shape.length() == input.rank() : shape.length() > 0;
    for (int axis = 1; fits && axis < input.rank(); axis++) {
      fits = input.shape().get(axis) < 0 || input.shape().get(axis) == shape.get(axis);
    }
    if (!fits) {
      throw new DataException(
          "%s: array \"%s\" has shape %s, the input has %s (the first axis counts the samples)."
              .formatted(source, input.name(), shape, input.shapeText()),
          "Save the array with the shape of the input, samples first.");
    }
    count(input, shape.get(0));
  }

  /** Refuses a number of samples that no data set can have. */
  void count(TensorDescription input, long samples) {
    if (samples == 0) {
      throw new DataException(
          "%s: array \"%s\" has no samples.".formatted(source, input.name()),
          "Give at least one sample.");
    }
    if (samples > Integer.MAX_VALUE) {
      throw new DataException(
          "%s: array \"%s\" has %d samples, more than 2^31 - 1."
              .formatted(source, input.name(), samples),
          "Give fewer samples.");
    }
  }

  void noNan(String name, RowArray rows) {
    long first = rows.firstNan();
    if (first >= 0) {
      long each = rows.elementsPerRow();
      throw new DataException(
          "%s: array \"%s\" contains NaN, first in sample %d, element %d."
              .formatted(source, name, first / each, first % each),
          "Remove NaN values from the data.");
    }
  }

  /** The number of samples, which all arrays must share and which must fill one batch. */
  int samples(Map<String, RowArray> arrays) {
    Map.Entry<String, RowArray> first = arrays.entrySet().iterator().next();
    int samples = first.getValue().samples();
    arrays.forEach(
        (name, rows) -> {
          if (rows.samples() != samples) {
            throw new DataException(
                "%s: array \"%s\" has %d samples, array \"%s\" has %d."
                    .formatted(source, name, rows.samples(), first.getKey(), samples),
                "Give every array the same number of samples.");
          }
        });
    return samples;
  }

  /** The batch size where the model fixes one along the first axis of its inputs. */
  OptionalInt fixedBatch() {
    return fixedBatch(ImmutableMap.of());
  }

  /**
   * The batch size where the model fixes one, the same for all inputs that do.
   *
   * @param placements of inputs whose samples are not along the first axis, among others
   */
  OptionalInt fixedBatch(Map<String, Placement> placements) {
    TensorDescription fixed = null;
    OptionalInt batch = OptionalInt.empty();
    for (TensorDescription input : inputs) {
      int axis = placements.getOrDefault(input.name(), Placement.ROWS).axis();
      long rows = axis >= 0 && input.facts().ranked() ? input.shape().get(axis) : -1;
      if (rows == 0) {
        throw new DataException(
            "%s: the input \"%s\" has no axis for samples: its shape is %s."
                .formatted(source, input.name(), input.shapeText()),
            "Pass a folder of ONNX test data sets instead.");
      }
      if (rows > 0 && fixed == null) {
        fixed = input;
        batch = OptionalInt.of(Math.toIntExact(rows));
      } else if (rows > 0 && fixed != null && batch.getAsInt() != rows) {
        throw new DataException(
            "%s: the inputs \"%s\" %s and \"%s\" %s fix different numbers of samples."
                .formatted(
                    source, fixed.name(), fixed.shapeText(), input.name(), input.shapeText()),
            "Pass a folder of ONNX test data sets instead.");
      }
    }
    return batch;
  }
}
