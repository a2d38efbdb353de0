package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the arrays of an {@code .npz} file that a model's inputs ask for, and the labels. */
final class NpzReader {
  static final String LABELS = "labels";
  private static final String SUFFIX = ".npy";

  private final Path path;
  private final List<TensorDescription> inputs;
  private final InputCheck check;

  private NpzReader(Path path, List<TensorDescription> inputs) {
    this.path = path;
    this.inputs = inputs;
    this.check = new InputCheck(path.toString(), inputs);
  }

  static DataSet read(Path path, List<TensorDescription> inputs) {
    try (FileChannel file = FileChannel.open(path)) {
      return new NpzReader(path, inputs).read(file);
    } catch (IOException failure) {
      String reason =
          failure instanceof EOFException || failure.getMessage() == null
              ? "is cut short"
              : failure.getMessage();
      throw new DataException(
          path + " " + reason + ".", "Write it with numpy.savez(path, name=array).", failure);
    }
  }

  private DataSet read(FileChannel file) throws IOException {
    List<ZipDirectory.Entry> entries = ZipDirectory.read(file);
    Set<String> names = new HashSet<>();
    for (ZipDirectory.Entry entry : entries) {
      String name = arrayName(entry);
      if (!names.add(name)) {
        throw new DataException(
            "%s: array \"%s\" is listed twice.".formatted(path, name),
            "Write the file again with numpy.savez, each array once.");
      }
      check.knows(name);
    }
    ImmutableMap.Builder<String, RowArray> arrays = ImmutableMap.builder();
    for (TensorDescription input : inputs) {
      ZipDirectory.Entry entry = find(entries, input.name());
      arrays.put(input.name(), new NpyArray(path, file, entry).read(input, check));
    }
    ImmutableMap<String, RowArray> complete = arrays.buildOrThrow();
    int samples = check.samples(complete);
    Labels labels = null;
    if (names.contains(LABELS) && !check.isInput(LABELS)) {
      labels = new NpyArray(path, file, find(entries, LABELS)).readLabels(samples);
    }
    return DataSet.of(new RowSource(complete), labels, path.toString(), check.fixedBatch());
  }

  private String arrayName(ZipDirectory.Entry entry) {
    if (!entry.name().endsWith(SUFFIX)) {
      throw new DataException(
          "%s holds \"%s\", which is not an array.".formatted(path, entry.name()),
          "Write the file again with numpy.savez; it must contain only .npy arrays.");
    }
    return entry.name().substring(0, entry.name().length() - SUFFIX.length());
  }

  private ZipDirectory.Entry find(List<ZipDirectory.Entry> entries, String name) {
    return entries.stream()
        .filter(entry -> entry.name().equals(name + SUFFIX))
        .findFirst()
        .orElseThrow(
            () ->
                new DataException(
                    "%s has no array for the input \"%s\".".formatted(path, name),
                    "It holds "
                        + entries.stream()
                            .map(entry -> "\"" + arrayName(entry) + "\"")
                            .collect(Collectors.joining(", ", "", "."))));
  }
}
