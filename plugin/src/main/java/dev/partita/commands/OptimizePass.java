package dev.partita.commands;

import com.google.common.collect.ImmutableList;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.run.GateFailedException;
import dev.partita.spi.Arguments;
import dev.partita.spi.ModelPass;
import dev.partita.spi.Parameter;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** {@link Optimizer} as hosts find it. */
public final class OptimizePass implements ModelPass {

  @Override
  public String name() {
    return "optimize";
  }

  @Override
  public String description() {
    return "Cut the dense layers of a model, repair and check it, and write the result.";
  }

  @Override
  public ImmutableList<Parameter<?>> parameters() {
    return OptionGroup.all();
  }

  /**
   * Optimizes a model.
   *
   * @throws dev.partita.UsageException if the arguments ask for something that cannot be
   * @throws dev.partita.UnsupportedInputException if the model or the data cannot be used
   * @throws GateFailedException if the accuracy condition holds for no choice of regions
   */
  @Override
  public OptimizationReport run(
      Path input,
      @Nullable Path output,
      boolean overwrite,
      Arguments arguments,
      ProgressListener progress) {
    Options options =
        Options.builder()
            .set(arguments)
            .set(OutputOptions.OVERWRITE, overwrite)
            .set(OutputOptions.DRY_RUN, output == null)
            .build();
    return Optimizer.optimize(input, output, options, progress);
  }
}
