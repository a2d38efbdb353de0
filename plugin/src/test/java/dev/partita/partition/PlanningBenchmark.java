package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.FinderOptions;
import dev.partita.dense.Findings;
import dev.partita.dense.Region;
import dev.partita.dense.RegionFinder;
import dev.partita.dense.RegionLayer;
import dev.partita.dense.WeightMatrix;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Times the strategies on the regions of a model, all dense layers included, without calibration
 * data. Prints a JSON object for each region and strategy; {@code tools/bench/planning.py} reads
 * them.
 */
final class PlanningBenchmark {

  private static final int RANDOM_SEEDS = 5;

  private final PrintStream out = System.out;
  private final int branches;
  private final int threads;

  private PlanningBenchmark(int branches, int threads) {
    this.branches = branches;
    this.threads = threads;
  }

  /** Arguments: model, P, threads, and optionally a folder that the weights are written to. */
  public static void main(String[] arguments) throws IOException {
    PlanningBenchmark benchmark =
        new PlanningBenchmark(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    benchmark.run(Path.of(arguments[0]), arguments.length > 3 ? Path.of(arguments[3]) : null);
  }

  private void run(Path model, Path folder) throws IOException {
    GraphIndex index = new GraphIndex(ModelFile.read(model));
    Findings findings =
        RegionFinder.find(
            index, new FinderOptions(branches, 1, ImmutableList.of("*"), ImmutableList.of()));
    for (Region region : findings.regions()) {
      if (folder != null) {
        write(region, Files.createDirectories(folder));
      }
      // Twice, since the first pass may read from the disk.
      onePass(region);
      double pass = onePass(region);
      plan(region, "contiguous", new ContiguousStrategy(), pass);
      for (int seed = 1; seed <= RANDOM_SEEDS; seed++) {
        plan(region, "random", new RandomStrategy(seed), pass);
      }
      plan(region, "optimized", new OptimizedStrategy(1), pass);
    }
  }

  private void plan(Region region, String name, PlanStrategy strategy, double pass) {
    // A problem of its own for each, so that none finds sums that another has left.
    PlanProblem problem = PlanProblem.of(region, branches, l -> null, l -> null, threads);
    long start = System.nanoTime();
    PartitionPlan plan = strategy.plan(problem);
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf(
        Locale.ROOT,
        "{\"region\": \"%s\", \"strategy\": \"%s\", \"threads\": %d, \"seconds\": %.4f, "
            + "\"retained\": %.6f, \"onePassSeconds\": %.4f}%n",
        region.id(),
        name,
        threads,
        seconds,
        plan.retainedImportance(),
        pass);
  }

  /** How long it takes to read every weight once, on as many threads, and add all up. */
  private double onePass(Region region) {
    long start = System.nanoTime();
    double sum = 0;
    for (RegionLayer layer : region.cutLayers()) {
      WeightMatrix weight = layer.layer().weight();
      IntStream rows = IntStream.range(0, weight.storedRows());
      ThreadLocal<float[]> buffers =
          ThreadLocal.withInitial(() -> new float[weight.storedColumns()]);
      sum +=
          (threads > 1 ? rows.parallel() : rows)
              .mapToDouble(
                  r -> {
                    float[] row = buffers.get();
                    weight.readStored(r, 1, row);
                    return row[r % row.length];
                  })
              .sum();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    // Looked at, so that nothing above can be left out.
    if (Double.isNaN(sum)) {
      throw new IllegalStateException("not a number");
    }
    return seconds;
  }

  /** Writes {@code <layer>-<in>x<out>.f32}: row-major, little endian. */
  private static void write(Region region, Path folder) throws IOException {
    int number = 0;
    for (RegionLayer layer : region.cutLayers()) {
      WeightMatrix weight = layer.layer().weight();
      String name = "%s-%d-%dx%d.f32".formatted(region.id(), number++, weight.in(), weight.out());
      int[] outs = IntStream.range(0, weight.out()).toArray();
      try (FileChannel file =
          FileChannel.open(
              folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        for (int k = 0; k < weight.in(); k++) {
          ByteBuffer row =
              ByteBuffer.allocate(Float.BYTES * weight.out()).order(ByteOrder.LITTLE_ENDIAN);
          row.asFloatBuffer().put(weight.block(new int[] {k}, outs));
          file.write(row);
        }
      }
    }
  }
}
