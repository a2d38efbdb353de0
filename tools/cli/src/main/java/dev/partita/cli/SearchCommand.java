package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.report.ConsoleTable;
import dev.partita.report.HtmlReport;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.SearchReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "search",
    description =
        "Try accelerator counts, bridges, orders of blocks and sets of regions, and "
            + "print the Pareto-optimal choices. Writes no model.",
    footerHeading = "Examples:%n",
    footer = {
      "  partita search in.onnx --calibration data.npz --budget 10m",
      "  partita search in.onnx --calibration data.npz --report search.html"
    })
final class SearchCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(paramLabel = "IN.onnx", description = "The model; - for standard input.")
  private String input = "";

  @Mixin
  private PassOptions pass =
      new PassOptions(
          OptionGroup.TARGET,
          OptionGroup.PLANNING,
          OptionGroup.REPAIR,
          OptionGroup.OUTPUT,
          OptionGroup.GATE,
          OptionGroup.SELECTION);

  @Mixin private SearchOptions search = new SearchOptions();
  @Mixin private ResultOptions results = new ResultOptions();
  @Mixin private PageOptions page = new PageOptions();

  @Option(names = "--quiet", description = "No progress, even on a terminal.")
  private boolean quiet;

  SearchCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Options.Builder builder = Options.builder();
    pass.applyTo(builder);
    Options options = builder.build();
    options.requireDataForGate();
    try (StandardStreams streams = new StandardStreams(context)) {
      Path source = streams.input(input);
      ImmutableList.Builder<Path> read = ImmutableList.<Path>builder().add(source);
      for (String named :
          new @Nullable String[] {
            options.planning().calibration(), options.repair().validation()
          }) {
        if (named != null) {
          InputFile.existing(named).ifPresent(read::add);
        }
      }
      ImmutableList<Path> inputs = read.build();
      results.check(inputs);
      page.check(inputs, results.overwrite());
      page.refuseSameAs(results.jsonFile());
      SearchReport report =
          ShownPaths.shown(
              context.engine().search(source, options, search.budget(), context.progress(quiet)),
              input);
      results.deliver(context.out(), () -> ConsoleTable.of(report), () -> JsonReport.of(report));
      if (page.asked()) {
        page.deliver(HtmlReport.of(report));
      }
      return ExitCode.DONE;
    }
  }
}
