package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.InspectReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "inspect",
    description = "List every dense layer with its region, or the reason it would be left alone.",
    footerHeading = "Examples:%n",
    footer = {
      "  partita inspect in.onnx",
      "  partita inspect in.onnx -p 8 --min-block 32 --json layers.json"
    })
final class InspectCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(paramLabel = "IN.onnx", description = "The model; - for standard input.")
  private String input = "";

  @Mixin private PassOptions pass = new PassOptions(OptionGroup.TARGET, OptionGroup.SELECTION);
  @Mixin private ResultOptions results = new ResultOptions();

  InspectCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Options.Builder options = Options.builder();
    pass.applyTo(options);
    try (StandardStreams streams = new StandardStreams(context)) {
      Path source = streams.input(input);
      results.check(ImmutableList.of(source));
      InspectReport report =
          ShownPaths.shown(context.engine().inspect(source, options.build()), input);
      results.deliver(context.out(), () -> ConsoleTable.of(report), () -> JsonReport.of(report));
      return ExitCode.DONE;
    }
  }
}
