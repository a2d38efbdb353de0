package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.AnnotateReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "annotate",
    description =
        "Restore figures that another tool removed from the nodes of a rewritten "
            + "model, from the sidecar or by a new estimate.",
    footerHeading = "Examples:%n",
    footer = {
      "  partita annotate stripped.onnx -o out.onnx --sidecar optimized.onnx.json",
      "  partita annotate stripped.onnx -o out.onnx --target eyeriss-65nm"
    })
final class AnnotateCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(paramLabel = "IN.onnx", description = "The model; - for standard input.")
  private String input = "";

  @Option(
      names = "-o",
      paramLabel = "OUT.onnx",
      description = "The output file; - for standard output.")
  private @Nullable String output;

  @Option(
      names = "--sidecar",
      paramLabel = "FILE.json",
      description =
          "The file that optimize --sidecar wrote next to the model. Without it, figures "
              + "are estimated for --target.")
  private @Nullable Path sidecar;

  @Mixin private PassOptions target = new PassOptions(OptionGroup.TARGET);
  @Mixin private ResultOptions results = new ResultOptions();

  AnnotateCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    String destination = destination();
    Options.Builder builder = Options.builder().set(OutputOptions.OVERWRITE, results.overwrite());
    if (sidecar != null && target.given()) {
      throw new UsageException(
          "--sidecar was given together with target options.",
          "Omit --sidecar to estimate the figures again.");
    }
    target.applyTo(builder);
    Options options = builder.build();
    try (StandardStreams streams = new StandardStreams(context)) {
      Path source = streams.input(input);
      ImmutableList.Builder<Path> read = ImmutableList.<Path>builder().add(source);
      if (sidecar != null) {
        InputFile.readable(sidecar);
        read.add(sidecar);
      }
      boolean modelOnOut = destination.equals(StandardStreams.MARK);
      if (!modelOnOut) {
        OutputFile.check(Path.of(destination), read.build(), results.overwrite());
      }
      results.check(read.build());
      results.refuseSameAs(destination);
      Path written = streams.output(destination);
      AnnotateReport report =
          ShownPaths.shown(
              context.engine().annotate(source, written, sidecar, options), input, destination);
      streams.deliver(destination, written);
      results.deliver(
          modelOnOut ? context.err() : context.out(),
          () -> ConsoleTable.of(report, destination),
          () -> JsonReport.of(report));
      return ExitCode.DONE;
    }
  }

  private String destination() {
    if (output == null) {
      throw new UsageException("No output was given.", "Pass -o OUT.onnx.");
    }
    if (output.equals(StandardStreams.MARK) && results.jsonOnStandardOutput()) {
      throw new UsageException(
          "Both the model and the report would go to standard output.",
          "Name a file for one of them.");
    }
    return output;
  }
}
