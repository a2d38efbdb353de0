package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Samples for a model's inputs, with or without labels, held outside the heap. Immutable; may be
 * read by several threads.
 */
public final class DataSet {
  private final SampleSource source;
  private final int[] units;
  private final @Nullable Labels labels;
  private final String description;
  private final OptionalInt fixedBatch;
  private final Padding padding;
  private final ImmutableList<String> notes;

  private DataSet(
      SampleSource source,
      int[] units,
      @Nullable Labels labels,
      String description,
      OptionalInt fixedBatch,
      Padding padding,
      List<String> notes) {
    this.notes = ImmutableList.copyOf(notes);
    this.padding = padding;
    this.source = source;
    this.units = units;
    this.labels = labels;
    this.description = description;
    this.fixedBatch = fixedBatch;
  }

  static DataSet of(
      SampleSource source, @Nullable Labels labels, String description, OptionalInt fixedBatch) {
    int[] all = IntStream.range(0, source.units()).toArray();
    return new DataSet(
        source, all, labels, description, fixedBatch, Padding.none(), ImmutableList.of());
  }

  /** The same samples, of which more should be known. */
  DataSet withNotes(List<String> more) {
    ImmutableList<String> all = ImmutableList.<String>builder().addAll(notes).addAll(more).build();
    return new DataSet(source, units, labels, description, fixedBatch, padding, all);
  }

  /**
   * The same samples in batches of one size, filled up where samples are missing.
   *
   * @param why a sentence that the user should read; null for none
   * @throws DataException where the model fixes another size
   */
  DataSet inBatchesOf(int samples, @Nullable String why) {
    if (fixedBatch.isPresent() && fixedBatch.getAsInt() != samples) {
      throw new DataException(
          "%s: the model fixes a batch of %d, not of %d."
              .formatted(description, fixedBatch.getAsInt(), samples),
          "Leave out --batch.");
    }
    return new DataSet(source, units, labels, description, OptionalInt.of(samples), padding, notes)
        .withNotes(why == null ? List.of() : List.of(why));
  }

  /** Whether the model or the user fixes the size of a batch, or samples cannot be joined. */
  boolean hasFixedBatches() {
    return fixedBatch.isPresent() || source.mostUnitsPerBatch() == 1;
  }

  /** {@link #read(String, List, long, Map, String)} with padding marked by the usual input. */
  public static DataSet read(
      String specification,
      List<TensorDescription> inputs,
      long seed,
      Map<String, Integer> dimensions) {
    return read(specification, inputs, seed, dimensions, null);
  }

  /** {@link #read(String, List, long, Map)} with every symbolic dimension of random inputs at 1. */
  public static DataSet read(String specification, List<TensorDescription> inputs, long seed) {
    return read(specification, inputs, seed, ImmutableMap.of());
  }

  /**
   * Reads samples for a model.
   *
   * @param specification an {@code .npz} whose arrays are named after the inputs, first axis the
   *     samples, optionally {@code labels}; a folder of ONNX test data sets; or {@code random[:N]}
   * @param inputs the model's inputs, in graph order
   * @param seed what random inputs are drawn from
   * @param dimensions sizes of symbolic dimensions of random inputs; 1 for those that are absent
   * @param paddingMask the input that is 0 at padding, which no statistic counts; "none" for no
   *     such input; null for "attention_mask" where the model has it
   * @throws DataException where the data does not fit the inputs
   */
  public static DataSet read(
      String specification,
      List<TensorDescription> inputs,
      long seed,
      Map<String, Integer> dimensions,
      @Nullable String paddingMask) {
    return read(
        specification,
        inputs,
        new ReadingOptions(
            seed,
            ImmutableMap.copyOf(dimensions),
            paddingMask,
            ImmutableMap.of(),
            null,
            ImmutableSet.of()));
  }

  /** Reads samples for a model; see {@link #read(String, List, long, Map, String)}. */
  public static DataSet read(
      String specification, List<TensorDescription> inputs, ReadingOptions options) {
    Padding padding = Padding.of(options.paddingMask(), inputs);
    DataSet read = source(specification, inputs, options);
    DataSet padded = read.withPadding(padding.decided(read.source));
    return options.batch() == null ? padded : padded.inBatchesOf(options.batch(), null);
  }

  private static DataSet source(
      String specification, List<TensorDescription> inputs, ReadingOptions options) {
    if (specification.equals("random") || specification.startsWith("random:")) {
      return RandomData.read(specification, inputs, options.seed(), options.dimensions());
    }
    Path path = Path.of(specification);
    if (Files.isDirectory(path)) {
      return TestDataFolder.read(path, inputs);
    }
    if (!Files.isRegularFile(path)) {
      throw new DataException(
          "No such file or folder: " + path + ".",
          "Data is an .npz file, a folder of ONNX test data sets, or random[:N].");
    }
    return NpzReader.read(path, inputs, options);
  }

  /**
   * Samples in memory.
   *
   * @param description where they came from, for reports
   * @param inputs the model's inputs
   * @param arrays a tensor for each input, first axis the samples; not copied
   * @param labels of each sample, or null
   * @throws DataException where the arrays do not fit the inputs
   */
  public static DataSet of(
      String description,
      List<TensorDescription> inputs,
      Map<String, Tensor> arrays,
      @Nullable Labels labels) {
    return InMemoryData.of(description, inputs, arrays, labels);
  }

  /** Where the samples came from, for reports; says so where they are random or a part. */
  public String description() {
    return description;
  }

  /** Number of samples. */
  public int samples() {
    return Arrays.stream(units).map(source::samples).sum();
  }

  /** Whether every sample has a label. */
  public boolean labelled() {
    return labels != null;
  }

  /** What is known of the samples as they were given; null without labels. */
  public @Nullable Labels labels() {
    return labels;
  }

  /**
   * A number of a sample's labels; only for labelled data.
   *
   * @param at which of {@link Labels#perSample}, in row-major order
   */
  public double label(int sample, int at) {
    if (labels == null) {
      throw new IllegalStateException(description + " has no labels.");
    }
    return labels.values().doubleAt(units[sample] * labels.perSample() + at);
  }

  /** The labels of some samples, first axis the samples; only for labelled data. */
  public Tensor labels(int first, int count) {
    if (labels == null) {
      throw new IllegalStateException(description + " has no labels.");
    }
    long[] shape = labels.values().shape().toArray();
    shape[0] = count;
    Tensor rows = Tensor.allocate(labels.values().type(), shape);
    for (int i = 0; i < count; i++) {
      int unit = units[first + i];
      rows.rows(i, i + 1).data().put(labels.values().rows(unit, unit + 1).data());
    }
    return rows;
  }

  /** Which sample of the data as it was given this one is; another where this is a part of it. */
  public long position(int sample) {
    if (source.mostUnitsPerBatch() > 1) {
      // Every unit is one sample.
      return units[sample];
    }
    int unit = 0;
    int row = sample;
    while (row >= source.samples(units[unit])) {
      row -= source.samples(units[unit]);
      unit++;
    }
    return IntStream.range(0, units[unit]).mapToLong(source::samples).sum() + row;
  }

  /** What the user should know about how the samples were used so far, in sentences. */
  public ImmutableList<String> warnings() {
    return ImmutableList.<String>builder().addAll(notes).addAll(padding.notes()).build();
  }

  /** The same samples, with padding left out of statistics where an input of 0 marks it. */
  DataSet withPadding(Padding marked) {
    return new DataSet(source, units, labels, description, fixedBatch, marked, notes);
  }

  /**
   * The samples in batches, in order.
   *
   * @param mostSamples the largest batch, at least 1; a batch size that the model fixes goes before
   *     it, and a test data set is never divided. What is missing to a fixed size is filled up with
   *     samples of the same batch that do not count
   */
  public ImmutableList<Batch> batches(int mostSamples) {
    if (mostSamples < 1) {
      throw new IllegalArgumentException("A batch has at least 1 sample, not " + mostSamples + ".");
    }
    int perBatch = Math.min(fixedBatch.orElse(mostSamples), source.mostUnitsPerBatch());
    ImmutableList.Builder<Batch> batches = ImmutableList.builder();
    int sample = 0;
    int index = 0;
    for (int from = 0; from < units.length; from += perBatch) {
      int count = Math.min(perBatch, units.length - from);
      boolean fill = fixedBatch.isPresent() && count < perBatch;
      int first = from;
      int[] own =
          IntStream.range(0, fill ? perBatch : count).map(i -> units[first + i % count]).toArray();
      Batch batch = new Batch(index, sample, source, own, own.length - count, padding);
      batches.add(batch);
      sample += batch.samples();
      index++;
    }
    return batches.build();
  }

  /**
   * Holds samples out, evenly spread: every fourth for 0.25. Both parts are views.
   *
   * @param fractionHeldOut share of the second part, between 0 and 1
   * @throws DataException where there are too few samples for two parts
   */
  public Split split(double fractionHeldOut) {
    if (!(fractionHeldOut > 0 && fractionHeldOut < 1)) {
      throw new IllegalArgumentException(
          "A fraction between 0 and 1 can be held out, not " + fractionHeldOut + ".");
    }
    if (units.length < 2) {
      throw new DataException(
          description + " has only one sample, so none can be held out.", "Give more samples.");
    }
    int[] second =
        IntStream.range(0, units.length)
            .filter(i -> Math.floor((i + 1) * fractionHeldOut) > Math.floor(i * fractionHeldOut))
            .toArray();
    // One at least on each side, however small or large the fraction is.
    if (second.length == 0) {
      second = new int[] {units.length - 1};
    } else if (second.length == units.length) {
      second = Arrays.copyOfRange(second, 1, second.length);
    }
    int[] positions = second;
    int[] first =
        IntStream.range(0, units.length)
            .filter(i -> Arrays.binarySearch(positions, i) < 0)
            .toArray();
    return new Split(view(first, "kept"), view(positions, "held out"));
  }

  /**
   * As many samples, each blended with another one; empty where some input holds codes, not
   * measured quantities, or samples differ in shape.
   */
  public Optional<DataSet> mixed(long seed) {
    boolean rows = !(source instanceof RowSource given) || given.isPlain();
    if (source.mostUnitsPerBatch() == 1 || !rows) {
      return Optional.empty();
    }
    boolean can = source.gather(units, 0, 1).values().stream().allMatch(MixedSource::canMix);
    return can
        ? Optional.of(
            new DataSet(
                new MixedSource(source, units, seed),
                units,
                null,
                description + " (mixed)",
                fixedBatch,
                padding,
                notes))
        : Optional.empty();
  }

  /** At most so many units of these samples, evenly spread; a view. */
  public DataSet spread(int most) {
    if (most >= units.length) {
      return this;
    }
    int least = Math.max(most, fixedBatch.orElse(1));
    return view(
        IntStream.range(0, least)
            .map(i -> Math.toIntExact((long) i * units.length / least))
            .toArray(),
        least + " of " + units.length);
  }

  private DataSet view(int[] positions, String part) {
    int[] selected = Arrays.stream(positions).map(i -> units[i]).toArray();
    return new DataSet(
        source, selected, labels, description + " (" + part + ")", fixedBatch, padding, notes);
  }

  /**
   * Two parts of a data set.
   *
   * @param kept the samples that remain
   * @param heldOut the samples that were taken out
   */
  public record Split(DataSet kept, DataSet heldOut) {}
}
