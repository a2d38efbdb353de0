package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.workers.Workers;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Times the strategies on the regions of a model, or on each of their layers by itself, all dense
 * layers included, without calibration data. Prints a JSON object for each case and strategy;
 * {@code tools/bench/planning.py} reads them.
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

  /** Arguments: model, P, threads, "regions" or "layers", and a folder for the weights. */
  public static void main(String[] arguments) throws IOException {
    PlanningBenchmark benchmark =
        new PlanningBenchmark(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    benchmark.run(Path.of(arguments[0]), arguments[3].equals("layers"), Path.of(arguments[4]));
  }

  private void run(Path model, boolean layers, Path folder) throws IOException {
    Files.createDirectories(folder);
    GraphIndex index = new GraphIndex(ModelFile.read(model));
    Findings findings =
        RegionFinder.find(
            index, new FinderOptions(branches, 1, ImmutableList.of("*"), ImmutableList.of()));
    for (Region region : findings.regions()) {
      int count = problem(region).layers().size();
      for (int i = 0; i < (layers ? count : 1); i++) {
        int only = i;
        Case one =
            layers
                ? new Case(
                    region.id() + "." + i,
                    () -> {
                      PlanProblem all = problem(region);
                      return all.only(List.of(all.layers().get(only)));
                    })
                : new Case(region.id(), () -> problem(region));
        run(one, folder);
      }
    }
  }

  /** Something to plan; a new problem each time, so that none finds sums that another has left. */
  private record Case(String name, Supplier<PlanProblem> problem) {}

  private PlanProblem problem(Region region) {
    return PlanProblem.of(region, branches, layer -> null, layer -> null, Workers.of(threads));
  }

  private void run(Case one, Path folder) throws IOException {
    List<WeightMatrix> weights =
        one.problem().get().layers().stream().map(layer -> layer.importance().weight()).toList();
    for (int i = 0; i < weights.size(); i++) {
      WeightMatrix weight = weights.get(i);
      write(
          weight,
          folder.resolve("%s-%d-%dx%d.f32".formatted(one.name(), i, weight.in(), weight.out())));
    }
    // Twice, since the first pass may read from the disk.
    onePass(weights);
    double pass = onePass(weights);
    plan(one, new ContiguousStrategy(), pass);
    for (int seed = 1; seed <= RANDOM_SEEDS; seed++) {
      plan(one, new RandomStrategy(seed), pass);
    }
    // The first time is the one that counts: a run of the command line plans once.
    plan(one, new OptimizedStrategy(1), pass);
  }

  private void plan(Case one, PlanStrategy strategy, double pass) {
    PlanProblem problem = one.problem().get();
    long start = System.nanoTime();
    PartitionPlan plan = strategy.plan(problem);
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf(
        Locale.ROOT,
        "{\"case\": \"%s\", \"strategy\": \"%s\", \"threads\": %d, \"seconds\": %.4f, "
            + "\"retained\": %.6f, \"onePassSeconds\": %.4f}%n",
        one.name(),
        strategy.name(),
        threads,
        seconds,
        plan.retainedImportance(),
        pass);
  }

  /** How long it takes to read every weight once, on as many threads, and add all up. */
  private double onePass(List<WeightMatrix> weights) {
    long start = System.nanoTime();
    double sum = 0;
    for (WeightMatrix weight : weights) {
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

  /** Writes {@code W[in, out]}, row-major, little endian. */
  private static void write(WeightMatrix weight, Path path) throws IOException {
    int[] outs = IntStream.range(0, weight.out()).toArray();
    ByteBuffer row = ByteBuffer.allocate(Float.BYTES * weight.out()).order(ByteOrder.LITTLE_ENDIAN);
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(path))) {
      for (int k = 0; k < weight.in(); k++) {
        row.asFloatBuffer().put(weight.block(new int[] {k}, outs).values());
        file.write(row.array());
      }
    }
  }
}
