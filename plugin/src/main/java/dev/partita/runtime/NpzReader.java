package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the arrays of an {@code .npz} file that a model's inputs ask for, and the labels. */
final class NpzReader {
  static final String LABELS = "labels";
  private static final String SUFFIX = ".npy";

  /** What numpy.savez calls the first array that is given without a name. */
  private static final String NAMELESS = "arr_0";

  private final Path path;
  private final List<TensorDescription> inputs;
  private final ReadingOptions options;
  private final InputCheck check;

  private NpzReader(Path path, List<TensorDescription> inputs, ReadingOptions options) {
    this.path = path;
    this.inputs = inputs;
    this.options = options;
    this.check = new InputCheck(path.toString(), inputs);
  }

  static DataSet read(Path path, List<TensorDescription> inputs, ReadingOptions options) {
    try (FileChannel file = FileChannel.open(path)) {
      return new NpzReader(path, inputs, options).read(file);
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
    List<ZipDirectory.Entry> entries = named(ZipDirectory.read(file));
    List<String> notes = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ZipDirectory.Entry entry : entries) {
      String name = arrayName(entry);
      if (!names.add(name)) {
        throw new DataException(
            "%s: array \"%s\" is listed twice.".formatted(path, name),
            "Write the file again with numpy.savez, each array once.");
      }
      if (options.defaults().contains(name)) {
        notes.add(
            "%s: array \"%s\" is not used: it would override an initializer, and the model is compared with its own values."
                .formatted(path, name));
      } else {
        check.knows(name);
      }
    }
    Map<String, ImmutableLongArray> shapes = new HashMap<>();
    for (TensorDescription input : inputs) {
      NpyHeader header = array(file, entries, input).header(input, check);
      shapes.put(input.name(), header.shape());
      if (NpyArray.isConverted(input, header)) {
        notes.add(
            "%s: array \"%s\" is float64 and was converted to float32, the type of the input."
                .formatted(path, input.name()));
      }
    }
    Placements placements =
        Placements.of(check, path.toString(), inputs, shapes, options.sampleAxes());
    notes.addAll(placements.notes());
    ImmutableMap.Builder<String, RowArray> arrays = ImmutableMap.builder();
    for (TensorDescription input : inputs) {
      Placement placement = Objects.requireNonNull(placements.byInput().get(input.name()));
      long samples = placement.samples(Objects.requireNonNull(shapes.get(input.name())));
      check.count(input, samples);
      arrays.put(input.name(), array(file, entries, input).read(input, placement, check));
    }
    RowSource source = new RowSource(arrays.buildOrThrow(), placements.byInput());
    Labels labels = null;
    if (names.contains(LABELS) && !check.isInput(LABELS)) {
      labels = new NpyArray(path, file, find(entries, LABELS)).readLabels(source.units());
    }
    return DataSet.of(source, labels, path.toString(), check.fixedBatch(placements.byInput()))
        .withNotes(notes);
  }

  private NpyArray array(
      FileChannel file, List<ZipDirectory.Entry> entries, TensorDescription input) {
    return new NpyArray(path, file, find(entries, input.name()));
  }

  /** An array without a name is that of the one input. */
  private List<ZipDirectory.Entry> named(List<ZipDirectory.Entry> entries) {
    if (inputs.size() != 1 || check.isInput(NAMELESS)) {
      return entries;
    }
    String only = inputs.get(0).name() + SUFFIX;
    boolean known = entries.stream().anyMatch(entry -> entry.name().equals(only));
    return entries.stream()
        .map(entry -> known || !entry.name().equals(NAMELESS + SUFFIX) ? entry : entry.called(only))
        .toList();
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
