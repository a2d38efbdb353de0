package dev.partita.cli;

import dev.partita.cli.Engine.DemoFiles;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.run.GateFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    description = "Optimize the bundled model from start to finish.",
    footerHeading = "Examples:%n",
    footer = {"  partita demo -o demo", "  partita demo -o demo -p 8"})
final class DemoCommand implements Callable<Integer> {

  private final Context context;

  @Option(
      names = "-o",
      paramLabel = "FOLDER",
      description = "Folder for the model, its data and the result (default: a temporary folder).")
  private @Nullable Path folder;

  @Option(
      names = {"-p", "--accelerators"},
      paramLabel = "N",
      description = "Number of accelerators (default: as many as the target has).")
  private @Nullable Integer accelerators;

  @Option(names = "--quiet", description = "No progress, even on a terminal.")
  private boolean quiet;

  DemoCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    // Checked before anything is unpacked.
    Options.builder().set(TargetOptions.ACCELERATORS, accelerators).build();
    Path place = folder == null ? temporary() : folder;
    DemoFiles files = context.engine().demoFiles(place);
    Path output = place.resolve("optimized.onnx");
    // The folder is the demonstration's own, so that it can be run twice.
    Options options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, accelerators)
            .set(PlanningOptions.CALIBRATION, files.calibration().toString())
            .set(RepairOptions.VALIDATION, files.validation().toString())
            .set(OutputOptions.OVERWRITE, true)
            .build();
    context.out().println("This runs:");
    context.out().println("  " + commandLine(files, output));
    context.out().flush();
    try {
      OptimizationReport report =
          context.engine().optimize(files.model(), output, options, context.progress(quiet));
      context.out().print(ConsoleTable.of(report));
      return ExitCode.DONE;
    } catch (GateFailedException failure) {
      context.out().print(ConsoleTable.of(failure.report()));
      throw failure;
    }
  }

  private String commandLine(DemoFiles files, Path output) {
    return "partita optimize "
        + files.model()
        + " -o "
        + output
        + (accelerators == null ? "" : " -p " + accelerators)
        + " --calibration "
        + files.calibration()
        + " --validation "
        + files.validation()
        + " --overwrite";
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("partita-demo");
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot make a temporary folder", failure);
    }
  }
}
