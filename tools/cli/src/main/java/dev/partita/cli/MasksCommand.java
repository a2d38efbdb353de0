package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.MasksReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "masks",
    description =
        "Plan a model and write the plan as masks and orders for training. A model "
            + "trained under the masks can be cut without loss.",
    footerHeading = "Examples:%n",
    footer = {"  partita masks in.onnx -o masks.npz --calibration data.npz"})
final class MasksCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(paramLabel = "IN.onnx", description = "The model; - for standard input.")
  private String input = "";

  @Option(
      names = "-o",
      paramLabel = "MASKS.npz",
      description = "The output file for masks and orders, as NumPy arrays; - for standard output.")
  private @Nullable String output;

  @Mixin
  private PassOptions pass =
      new PassOptions(OptionGroup.TARGET, OptionGroup.PLANNING, OptionGroup.SELECTION);

  @Mixin private ResultOptions results = new ResultOptions();

  @Option(names = "--quiet", description = "No progress, even on a terminal.")
  private boolean quiet;

  MasksCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    String destination = destination();
    Options.Builder builder = Options.builder();
    pass.applyTo(builder);
    Options options = builder.set(OutputOptions.OVERWRITE, results.overwrite()).build();
    boolean archiveOnOut = destination.equals(StandardStreams.MARK);
    try (StandardStreams streams = new StandardStreams(context)) {
      Path source = streams.input(input);
      checkOutputs(source, destination, options);
      Path written = streams.output(destination);
      MasksReport report =
          ShownPaths.shown(
              context.engine().masks(source, written, options, context.progress(quiet)), input);
      streams.deliver(destination, written);
      results.deliver(
          archiveOnOut ? context.err() : context.out(),
          () -> ConsoleTable.of(report, destination),
          () -> JsonReport.of(report));
      return ExitCode.DONE;
    }
  }

  private String destination() {
    if (output == null) {
      throw new UsageException("No output was given.", "Pass -o MASKS.npz.");
    }
    if (output.equals(StandardStreams.MARK) && results.jsonOnStandardOutput()) {
      throw new UsageException(
          "Both the masks and the report would go to standard output.",
          "Name a file for one of them.");
    }
    return output;
  }

  private void checkOutputs(Path source, String destination, Options options) {
    ImmutableList.Builder<Path> read = ImmutableList.<Path>builder().add(source);
    if (options.planning().calibration() != null) {
      InputFile.existing(options.planning().calibration()).ifPresent(read::add);
    }
    ImmutableList<Path> inputs = read.build();
    if (!destination.equals(StandardStreams.MARK)) {
      OutputFile.check(Path.of(destination), inputs, results.overwrite());
    }
    results.check(inputs);
    results.refuseSameAs(destination);
  }
}
