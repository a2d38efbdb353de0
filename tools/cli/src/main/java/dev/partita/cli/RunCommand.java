package dev.partita.cli;

import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.report.ConsoleTable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "run",
    description = "Run a folder of shards with one thread per shard, and write the outputs.",
    footerHeading = "Examples:%n",
    footer = "  partita run shards --data data.npz")
final class RunCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(paramLabel = "FOLDER", description = "What partita shard wrote.")
  private Path folder = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description = "An .npz file, a folder of ONNX test data sets, or random[:N].")
  private String data = "";

  @Option(
      names = "--output",
      paramLabel = "FILE.npz",
      description = "The output file, with one array per output and samples along the first axis.")
  private @Nullable Path output;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Samples per request (default: ${DEFAULT-VALUE}).")
  private int batch = 32;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Number of concurrent shards, and of threads of the rest (default: one per "
              + "processor).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of random data (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--dim",
      paramLabel = "NAME=N",
      description = "Size of a symbolic dimension of random data (default: 1); repeatable.")
  private Map<String, Integer> dims = new LinkedHashMap<>();

  @Option(names = "--overwrite", description = "Replace a file that exists.")
  private boolean overwrite;

  RunCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (batch < 1 || threads < 1) {
      throw new UsageException(
          "--batch and --threads must be at least 1.", "Pass 1 or more for each.");
    }
    Optional<Path> read = InputFile.existing(data);
    if (output != null) {
      OutputFile.check(output, read.stream().toList(), overwrite);
    }
    Engine.RunRequest request =
        new Engine.RunRequest(
            folder, data, seed, ImmutableMap.copyOf(dims), batch, threads, output);
    context.out().print(ConsoleTable.of(context.engine().run(request)));
    return ExitCode.DONE;
  }
}
