package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.Ints;
import dev.partita.onnx.TensorProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads ONNX test data: {@code test_data_set_0/input_0.pb} and so on, one batch a set, inputs in
 * graph order. Expected outputs in the same folders are ignored.
 */
final class TestDataFolder {
  private static final Pattern SET = Pattern.compile("test_data_set_(\\d+)");
  private static final Pattern INPUT = Pattern.compile("input_(\\d+)\\.pb");

  private TestDataFolder() {}

  static DataSet read(Path folder, List<TensorDescription> inputs) {
    try {
      ImmutableSortedMap<Integer, Path> folders = numbered(folder, SET);
      if (folders.isEmpty() && !numbered(folder, INPUT).isEmpty()) {
        folders = ImmutableSortedMap.of(0, folder);
      }
      if (folders.isEmpty()) {
        throw new DataException(
            folder + " contains no ONNX test data.",
            "Expected test_data_set_0/input_0.pb and so on.");
      }
      ImmutableList.Builder<ImmutableMap<String, Tensor>> sets = ImmutableList.builder();
      for (Path set : folders.values()) {
        sets.add(readSet(set, inputs));
      }
      return DataSet.of(
          new TestDataSource(sets.build()), null, folder.toString(), OptionalInt.empty());
    } catch (IOException failure) {
      throw new DataException(
          folder + " cannot be read: " + failure.getMessage() + ".",
          "Check its permissions.",
          failure);
    }
  }

  private static ImmutableMap<String, Tensor> readSet(Path set, List<TensorDescription> inputs)
      throws IOException {
    ImmutableSortedMap<Integer, Path> files = numbered(set, INPUT);
    ImmutableMap.Builder<String, Tensor> tensors = ImmutableMap.builder();
    for (int i = 0; i < inputs.size(); i++) {
      Path file = files.get(i);
      if (file == null) {
        throw new DataException(
            "%s has no input_%d.pb for the input \"%s\".".formatted(set, i, inputs.get(i).name()),
            "Write one input_N.pb for each input, in the order of the model.");
      }
      tensors.put(inputs.get(i).name(), readTensor(file, inputs.get(i)));
    }
    if (files.lastKey() >= inputs.size()) {
      throw new DataException(
          "%s has input_%d.pb, but the model has only %d inputs."
              .formatted(set, files.lastKey(), inputs.size()),
          "Remove the extra files, or pass the model that they belong to.");
    }
    return tensors.buildOrThrow();
  }

  private static Tensor readTensor(Path file, TensorDescription input) throws IOException {
    TensorProto proto;
    try (InputStream in = Files.newInputStream(file)) {
      proto = TensorProto.parseFrom(in);
    } catch (com.google.protobuf.InvalidProtocolBufferException malformed) {
      throw new DataException(
          file + " is not an ONNX tensor.",
          "Write each file as an ONNX TensorProto, as onnx.numpy_helper.from_array makes it.",
          malformed);
    }
    Tensor tensor = TensorProtos.read(file, proto);
    if (tensor.type() != input.type()) {
      throw new DataException(
          "%s is %s, the input \"%s\" is %s."
              .formatted(file, tensor.type().label(), input.name(), input.type().label()),
          "Convert the array before it is written.");
    }
    boolean fits = !input.facts().ranked() || tensor.rank() == input.rank();
    for (int axis = 0; fits && axis < input.rank(); axis++) {
      long fixed = input.shape().get(axis);
      fits = fixed < 0 || fixed == tensor.shape().get(axis);
    }
    if (!fits) {
      throw new DataException(
          "%s has shape %s, the input \"%s\" has %s."
              .formatted(file, tensor.shape(), input.name(), input.shapeText()),
          "Write the array with the shape of the input.");
    }
    if (tensor.elements() > 0 && tensor.rank() > 0) {
      int row = RowArray.of(tensor).firstNanRow();
      if (row >= 0) {
        throw new DataException(
            "%s contains NaN, first in row %d.".formatted(file, row),
            "Remove NaN values from the data.");
      }
    }
    return tensor;
  }

  private static ImmutableSortedMap<Integer, Path> numbered(Path folder, Pattern pattern)
      throws IOException {
    ImmutableSortedMap.Builder<Integer, Path> found = ImmutableSortedMap.naturalOrder();
    try (Stream<Path> children = Files.list(folder)) {
      for (Path child : (Iterable<Path>) children::iterator) {
        Matcher matcher = pattern.matcher(child.getFileName().toString());
        Integer number = matcher.matches() ? Ints.tryParse(matcher.group(1)) : null;
        if (number != null) {
          found.put(number, child);
        }
      }
    }
    return found.buildOrThrow();
  }
}
