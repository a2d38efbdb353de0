package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.cli.Converters.Shape;
import dev.partita.cli.Engine.LastLayer;
import dev.partita.cli.Engine.LayerChain;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.EstimateReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "estimate",
    description =
        "Estimate the cost of the dense layers on one and on all accelerators, "
            + "unpruned and pruned.",
    footerHeading = "Examples:%n",
    footer = {
      "  partita estimate in.onnx --target tetris-3d",
      "  partita estimate --shape 2048-4096-4096-200 -p 8 --dram shared"
    })
final class EstimateCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(
      arity = "0..1",
      paramLabel = "IN.onnx",
      description = "The model; - for standard input.")
  private @Nullable String input;

  @Option(
      names = "--shape",
      paramLabel = "K-...-N",
      converter = Converters.OfShape.class,
      description = "Widths of a chain of dense layers, instead of a model: 2048-4096-4096-200.")
  private @Nullable Shape shape;

  @Option(
      names = "--rows",
      paramLabel = "M",
      description = "With --shape: rows of the activations (default: 1).")
  private @Nullable Long rows;

  @Option(
      names = "--last-layer",
      paramLabel = "whole|cut",
      converter = Converters.OfLastLayer.class,
      description = "With --shape: whether the last layer is left whole or cut (default: whole).")
  private @Nullable LastLayer lastLayer;

  @Mixin private PassOptions pass = new PassOptions(OptionGroup.TARGET, OptionGroup.SELECTION);

  @Mixin private ResultOptions results = new ResultOptions();

  EstimateCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Options.Builder builder = Options.builder();
    pass.applyTo(builder);
    Options options = builder.build();
    EstimateReport report = shape == null ? ofModel(options) : ofChain(shape, options);
    results.deliver(context.out(), () -> ConsoleTable.of(report), () -> JsonReport.of(report));
    return ExitCode.DONE;
  }

  private EstimateReport ofModel(Options options) {
    if (input == null) {
      throw new UsageException(
          "Neither a model nor a shape was given.", "Pass a model or --shape 2048-4096-4096-200.");
    }
    if (rows != null || lastLayer != null) {
      throw new UsageException(
          "--rows and --last-layer require --shape.",
          "For a model, --dim NAME=N sets the size of a symbolic dimension.");
    }
    try (StandardStreams streams = new StandardStreams(context)) {
      Path source = streams.input(input);
      results.check(ImmutableList.of(source));
      return ShownPaths.shown(context.engine().estimate(source, options), input);
    }
  }

  private EstimateReport ofChain(Shape widths, Options options) {
    if (input != null) {
      throw new UsageException("Both a model and --shape were given.", "Omit one of the two.");
    }
    if (!options.target().dims().isEmpty()) {
      throw new UsageException("--dim requires a model.", "With --shape, pass --rows M.");
    }
    long chosenRows = rows == null ? 1 : rows;
    if (chosenRows < 1) {
      throw new UsageException(
          "The number of rows is " + chosenRows + ", but must be at least 1.",
          "Pass --rows 1 or more.");
    }
    results.check(ImmutableList.of());
    LastLayer chosenLastLayer = lastLayer == null ? LastLayer.WHOLE : lastLayer;
    return context
        .engine()
        .estimate(new LayerChain(widths.widths(), chosenRows, chosenLastLayer), options);
  }
}
