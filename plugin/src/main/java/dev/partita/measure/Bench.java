package dev.partita.measure;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import dev.partita.UsageException;
import dev.partita.measure.BenchReport.LayerTime;
import dev.partita.measure.BenchReport.Subject;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataException;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Times models in turn, in one process: each round gives every subject a turn, forwards and then
 * backwards, so that what slows the machine down for a while does so for all. A turn begins with a
 * run that is not measured, since the others have filled the caches meanwhile.
 */
public final class Bench {

  private static final double NANOS_PER_MICRO = 1e3;

  /**
   * What a turn begins with and does not measure. Caches are another model's then, and a thread
   * that slept through its turn may share a core with the one that woke it for some ten
   * milliseconds: the first runs took twice as long as all later ones.
   */
  private static final long WARM_UP_NANOS = 150_000_000;

  private final BenchOptions options;

  private Bench(BenchOptions options) {
    this.options = options;
  }

  /**
   * Measures.
   *
   * @param paths models and folders of shards, at least one; all take the same inputs
   * @param layers measures the dense layers of the first subject, given its inputs; is asked only
   *     where the options say so
   * @throws UsageException if there is nothing to measure, or a shard is asked for that no folder
   *     has
   * @throws DataException if the data do not fit
   * @throws InterruptedException if the calling thread is interrupted
   */
  public static BenchReport run(
      List<Path> paths,
      BenchOptions options,
      Function<ImmutableMap<String, Tensor>, ImmutableList<LayerTime>> layers)
      throws InterruptedException {
    return new Bench(options).run(paths, layers);
  }

  private BenchReport run(
      List<Path> paths, Function<ImmutableMap<String, Tensor>, ImmutableList<LayerTime>> layers)
      throws InterruptedException {
    if (paths.isEmpty()) {
      throw new UsageException(
          "No model was given to measure.", "Pass models or folders of shards.");
    }
    List<BenchSubject> subjects = new ArrayList<>();
    try {
      for (Path path : paths) {
        subjects.add(BenchSubject.open(path, options));
      }
      requireSameInputs(subjects);
      DataSet samples = samples(subjects.get(0).inputs());
      Batch batch = samples.batches(options.batch()).get(0);
      ImmutableMap<String, Tensor> inputs = batch.inputs();
      for (BenchSubject subject : subjects) {
        subject.prepare(inputs);
      }
      double[][] times = measure(subjects);
      List<String> warnings = new ArrayList<>();
      if (batch.samples() != options.batch()) {
        warnings.add(
            "A run had %d samples, not the %d that were asked for."
                .formatted(batch.samples(), options.batch()));
      }
      return new BenchReport(
          samples.description(),
          batch.samples(),
          options.rounds(),
          options.runs(),
          statistics(subjects, times),
          options.layers() ? layers.apply(inputs) : ImmutableList.of(),
          ImmutableList.copyOf(warnings));
    } finally {
      subjects.forEach(BenchSubject::close);
    }
  }

  private DataSet samples(ImmutableList<TensorDescription> inputs) {
    String data = options.data() == null ? "random:" + options.batch() : options.data();
    return DataSet.read(data, inputs, options.seed(), options.dims(), "none");
  }

  private static void requireSameInputs(List<BenchSubject> subjects) {
    List<String> first = names(subjects.get(0));
    for (BenchSubject subject : subjects) {
      if (!names(subject).equals(first)) {
        throw new DataException(
            "%s takes %s, %s takes %s: they cannot be measured on the same data."
                .formatted(subjects.get(0).path(), first, subject.path(), names(subject)),
            "Compare models that take the same inputs.");
      }
    }
  }

  private static List<String> names(BenchSubject subject) {
    return subject.inputs().stream().map(TensorDescription::name).sorted().toList();
  }

  private double[][] measure(List<BenchSubject> subjects) throws InterruptedException {
    double[][] times = new double[subjects.size()][options.rounds() * options.runs()];
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < subjects.size(); i++) {
      order.add(i);
    }
    for (int round = 0; round < options.rounds(); round++) {
      for (int i : round % 2 == 0 ? order : Lists.reverse(order)) {
        warmUp(subjects.get(i));
        for (int run = 0; run < options.runs(); run++) {
          long start = System.nanoTime();
          subjects.get(i).run();
          times[i][round * options.runs() + run] = (System.nanoTime() - start) / NANOS_PER_MICRO;
        }
      }
    }
    return times;
  }

  private static void warmUp(BenchSubject subject) throws InterruptedException {
    long start = System.nanoTime();
    do {
      subject.run();
    } while (System.nanoTime() - start < WARM_UP_NANOS);
  }

  private static ImmutableList<Subject> statistics(List<BenchSubject> subjects, double[][] times) {
    ImmutableList.Builder<Subject> measured = ImmutableList.builder();
    double base = quantile(times[0], 0.5);
    for (int i = 0; i < times.length; i++) {
      BenchSubject subject = subjects.get(i);
      double median = quantile(times[i], 0.5);
      measured.add(
          new Subject(
              subject.path().toString(),
              subject.kind(),
              subject.threads(),
              median,
              quantile(times[i], 0.25),
              quantile(times[i], 0.75),
              quantile(times[i], 0),
              base / median));
    }
    return measured.build();
  }

  /** A quantile, between neighbouring values where it falls between them. */
  static double quantile(double[] values, double fraction) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double position = fraction * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
