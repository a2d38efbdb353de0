package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import dev.partita.verify.Accuracy;
import dev.partita.verify.ComparisonReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "verify",
    description =
        "Compare two models on the same data. The exit code is 4 if the condition " + "fails.",
    footerHeading = "Examples:%n",
    footer = {
      "  partita verify before.onnx after.onnx --data validation.npz",
      "  partita verify before.onnx after.onnx --data random:64 --max-relative-error 0.01"
    })
final class VerifyCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(index = "0", paramLabel = "A.onnx", description = "The original.")
  private String before = "";

  @Parameters(index = "1", paramLabel = "B.onnx", description = "The model to compare with it.")
  private String after = "";

  @Option(
      names = {"--data", "--validation"},
      paramLabel = "DATA",
      defaultValue = "random",
      description =
          "An .npz file, a folder of ONNX test data sets, or random[:N]; --validation is "
              + "an alias, as in optimize (default: ${DEFAULT-VALUE}).")
  private String data = "random";

  @Option(
      names = "--padding-mask",
      paramLabel = "NAME",
      description =
          "The input that is 0 at padding; padded positions are excluded from all "
              + "figures. none means that there is no padding (default: attention_mask if the "
              + "model has it).")
  private @Nullable String paddingMask;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of random data (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--dim",
      paramLabel = "NAME=N",
      description = "Size of a symbolic dimension of random data (default: 1); repeatable.")
  private Map<String, Long> dims = new LinkedHashMap<>();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Number of threads (default: one per processor). It never changes the result.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private PassOptions gate = new PassOptions(OptionGroup.GATE);

  @Mixin
  private PassOptions reading =
      new PassOptions(ImmutableList.of(PlanningOptions.SAMPLE_AXIS, PlanningOptions.BATCH));

  @Mixin private ResultOptions results = new ResultOptions();

  @Option(names = "--quiet", description = "No progress, even on a terminal.")
  private boolean quiet;

  VerifyCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Options.Builder builder = Options.builder();
    gate.applyTo(builder);
    reading.applyTo(builder);
    Options options =
        builder
            .set(RepairOptions.VALIDATION, data)
            .set(PlanningOptions.PADDING_MASK, paddingMask)
            .set(PlanningOptions.SEED, seed)
            .set(TargetOptions.DIM, ImmutableMap.copyOf(dims))
            .set(PlanningOptions.THREADS, threads)
            .build();
    if (before.equals(StandardStreams.MARK) && after.equals(StandardStreams.MARK)) {
      throw new UsageException("Both models would come from standard input.", "Name a file.");
    }
    try (StandardStreams streams = new StandardStreams(context)) {
      Path original = streams.input(before);
      Path rewritten = streams.input(after);
      ImmutableList.Builder<Path> read = ImmutableList.builder();
      InputFile.existing(data).ifPresent(read::add);
      results.check(read.add(original).add(rewritten).build());
      Accuracy accuracy =
          context.engine().verify(original, rewritten, options, context.progress(quiet));
      results.deliver(
          context.out(),
          () -> ConsoleTable.of(accuracy),
          () -> JsonReport.of(new ComparisonReport(accuracy)));
      return accuracy.passed() ? ExitCode.DONE : ExitCode.GATE_FAILED;
    }
  }
}
