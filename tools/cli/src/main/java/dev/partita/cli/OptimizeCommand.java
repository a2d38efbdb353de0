package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.commands.Optimizer;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.HtmlReport;
import dev.partita.report.JsonReport;
import dev.partita.report.NetronAttachment;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.SearchReport;
import dev.partita.run.GateFailedException;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "optimize",
    description = "Cut the dense layers of a model, repair and check it, and write the result.",
    footerHeading = "Examples:%n",
    footer = {
      "  partita optimize in.onnx -o out.onnx --calibration data.npz",
      "  partita optimize in.onnx -o out.onnx -p 8 --calibration data.npz --repair distill",
      "  partita optimize in.onnx -o out.onnx --calibration data.npz --report report.html",
      "  partita optimize in.onnx --dry-run --no-gate --exclude \"/encoder/*\""
    })
final class OptimizeCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(paramLabel = "IN.onnx", description = "The model; - for standard input.")
  private String input = "";

  @Option(
      names = "-o",
      paramLabel = "OUT.onnx",
      description = "The output file; - for standard output.")
  private @Nullable String output;

  @Mixin
  private PassOptions pass =
      new PassOptions(
          OptionGroup.TARGET,
          OptionGroup.PLANNING,
          OptionGroup.REPAIR,
          OptionGroup.OUTPUT,
          OptionGroup.GATE,
          OptionGroup.SELECTION);

  @Mixin private SearchOptions budget = new SearchOptions();
  @Mixin private ShardOptions shards = new ShardOptions();
  @Mixin private ResultOptions results = new ResultOptions();
  @Mixin private PageOptions page = new PageOptions();

  @Option(
      names = "--sidecar",
      description =
          "Also write the metadata of the nodes to OUT.onnx.json. Netron shows it if it "
              + "is opened after the model.")
  private boolean sidecar;

  @Option(
      names = "--search",
      description =
          "First try other accelerator counts, bridges and sets of regions, then take "
              + "the fastest choice that meets the gate.")
  private boolean search;

  @Option(
      names = "--dry-run",
      description = "Print the stages and do everything except writing the result.")
  private boolean dryRun;

  @Option(names = "--fail-if-unchanged", description = "Exit with 5 if nothing qualified.")
  private boolean failIfUnchanged;

  @Option(names = "--quiet", description = "No progress, even on a terminal.")
  private boolean quiet;

  OptimizeCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    String destination = destination();
    Options options = options();
    shards.check(dryRun, options.output().fold(), results.overwrite());
    if (!dryRun && options.gate().on()) {
      options.requireDataForGate();
    }
    @Nullable SearchReport searched = null;
    try (StandardStreams streams = new StandardStreams(context)) {
      if (!input.equals(StandardStreams.MARK)) {
        InputFile.readable(Path.of(input));
      }
      checkOutputs(options);
      Path source = streams.input(input);
      Path written = destination == null ? null : streams.output(destination);
      searched = search ? searched(source, options) : null;
      OptimizationReport report =
          context.engine().optimize(source, written, chosen(searched, options), progress());
      boolean unchanged = report.outcome() == Outcome.UNCHANGED;
      if (written != null && !dryRun) {
        shards.apply(context.engine(), written, !unchanged, results.overwrite(), context.err());
        streams.deliver(output, written);
      }
      deliver(report, searched, options);
      if (sidecar && !dryRun) {
        OutputFile.write(Path.of(sidecarFile()), NetronAttachment.of(report));
      }
      return failIfUnchanged && unchanged ? ExitCode.UNCHANGED : ExitCode.DONE;
    } catch (GateFailedException failure) {
      deliver(failure.report(), searched, options);
      throw failure;
    }
  }

  private String sidecarFile() {
    return output + ".json";
  }

  private ProgressListener progress() {
    return context.progress(quiet);
  }

  private SearchReport searched(Path source, Options options) {
    return ShownPaths.shown(
        context.engine().search(source, options, budget.budget(), progress()), input);
  }

  /** The fastest choice that meets the gate; what was asked for where none does. */
  private static Options chosen(@Nullable SearchReport searched, Options options) {
    return searched == null
        ? options
        : searched.fastest().map(point -> point.options(options)).orElse(options);
  }

  private @Nullable String destination() {
    if (output == null && !dryRun) {
      throw new UsageException(
          "No output was given.", "Pass -o OUT.onnx, or --dry-run to write nothing.");
    }
    if (StandardStreams.MARK.equals(output) && results.jsonOnStandardOutput()) {
      throw new UsageException(
          "Both the model and the report would go to standard output.",
          "Name a file for one of them.");
    }
    if (sidecar && (output == null || StandardStreams.MARK.equals(output))) {
      throw new UsageException(
          "--sidecar needs an output file, but none was given.", "Pass -o OUT.onnx.");
    }
    return output;
  }

  private Options options() {
    Options.Builder options = Options.builder();
    pass.applyTo(options);
    return options
        .set(OutputOptions.OVERWRITE, results.overwrite())
        .set(OutputOptions.DRY_RUN, dryRun)
        .set(OutputOptions.ILLUSTRATIONS, page.asked())
        .build();
  }

  private void checkOutputs(Options options) {
    ImmutableList.Builder<Path> read = ImmutableList.builder();
    for (String named :
        new @Nullable String[] {
          input, options.planning().calibration(), options.repair().validation()
        }) {
      if (named != null) {
        InputFile.existing(named).ifPresent(read::add);
      }
    }
    ImmutableList<Path> inputs = read.build();
    if (output != null && !output.equals(StandardStreams.MARK)) {
      OutputFile.check(Path.of(output), inputs, results.overwrite());
    }
    results.check(inputs);
    results.refuseSameAs(output);
    page.check(inputs, results.overwrite());
    page.refuseSameAs(output, results.jsonFile(), sidecar ? sidecarFile() : null);
    if (sidecar) {
      OutputFile.check(Path.of(sidecarFile()), inputs, results.overwrite());
      results.refuseSameAs(sidecarFile());
    }
  }

  private void deliver(
      OptimizationReport report, @Nullable SearchReport searched, Options options) {
    OptimizationReport named = ShownPaths.shown(report, input, output);
    // Standard output is the model's where it goes there.
    boolean modelOnOut = StandardStreams.MARK.equals(output);
    results.deliver(
        modelOnOut ? context.err() : context.out(),
        () -> stages(options) + ConsoleTable.of(named),
        () -> JsonReport.of(named));
    if (page.asked()) {
      page.deliver(HtmlReport.of(named, searched));
    }
  }

  /** How a run goes, for those who want to know without a result. */
  private static String stages(Options options) {
    return options.output().dryRun() ? ConsoleTable.ofStages(Optimizer.stages(options)) : "";
  }
}
