package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.measure.BenchOptions;
import dev.partita.measure.BenchReport;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "bench",
    description = "Measure models and folders of shards in alternation.",
    footerHeading = "Examples:%n",
    footer = "  partita bench before.onnx after.onnx --data data.npz")
final class BenchCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(
      arity = "1..*",
      paramLabel = "MODEL|FOLDER",
      description =
          "Models, and folders that partita shard wrote. Ratios are relative to the " + "first.")
  private List<Path> subjects = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description =
          "An .npz file, a folder of ONNX test data sets, or random[:N] (default: random).")
  private @Nullable String data;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Samples per run (default: ${DEFAULT-VALUE}).")
  private int batch = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Number of cores: threads inside an operator for a model, concurrent shards "
              + "for a folder (default: one per processor).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--shard",
      paramLabel = "N",
      description = "For folders: measure only the shard of accelerator N, on one thread.")
  private @Nullable Integer shard;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Number of turns of each model (default: ${DEFAULT-VALUE}).")
  private int rounds = 10;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description =
          "Measured runs per turn, after 150 ms of warm-up runs (default: " + "${DEFAULT-VALUE}).")
  private int runs = 5;

  @Option(
      names = "--layers",
      description =
          "Also measure the dense layers of the first model and compare them with the "
              + "estimates for --target.")
  private boolean layers;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of random data (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Mixin private PassOptions target = new PassOptions(OptionGroup.TARGET);
  @Mixin private ResultOptions results = new ResultOptions();

  BenchCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Options.Builder builder = Options.builder();
    target.applyTo(builder);
    Options estimates = builder.build();
    if (layers && Files.isDirectory(subjects.get(0))) {
      throw new UsageException(
          "--layers needs a model file as the first subject.", "Name the model file first.");
    }
    BenchOptions options =
        new BenchOptions(data, seed, dims(estimates), batch, threads, shard, rounds, runs, layers);
    results.check(ImmutableList.copyOf(subjects));
    BenchReport report = context.engine().bench(ImmutableList.copyOf(subjects), options, estimates);
    results.deliver(context.out(), () -> ConsoleTable.of(report), () -> JsonReport.of(report));
    return ExitCode.DONE;
  }

  private static ImmutableMap<String, Integer> dims(Options options) {
    ImmutableMap.Builder<String, Integer> dims = ImmutableMap.builder();
    for (Map.Entry<String, Long> dim : options.target().dims().entrySet()) {
      dims.put(dim.getKey(), Math.toIntExact(dim.getValue()));
    }
    return dims.buildOrThrow();
  }
}
