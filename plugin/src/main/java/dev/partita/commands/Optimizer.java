package dev.partita.commands;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.UsageException;
import dev.partita.context.RunContext;
import dev.partita.context.Stages;
import dev.partita.context.Workspace;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.OutputPlace;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.StageInfo;
import dev.partita.run.Common;
import dev.partita.run.GateFailedException;
import dev.partita.run.OptimizationRun;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Optimizes a model: the whole way from a path to a checked file and a report. */
public final class Optimizer {

  private Optimizer() {}

  /**
   * Optimizes a model.
   *
   * @param input the model
   * @param output where the result goes; may be null with a dry run only
   * @throws UsageException if the options ask for something that cannot be
   * @throws UnsupportedInputException if the model or the data cannot be used
   * @throws GateFailedException if the gate holds for no choice of regions; nothing is written
   */
  public static OptimizationReport optimize(
      Path input, @Nullable Path output, Options options, ProgressListener listener) {
    try (Common common = new Common(options.planning().threads())) {
      return run(input, output, options, common, listener, true);
    }
  }

  /** The stages of {@link #optimize} with such options, in order. */
  public static ImmutableList<StageInfo> stages(Options options) {
    return OptimizationRun.stages(options, true);
  }

  /**
   * A dry run that takes no region back: the report holds the gate's figures, passed or not.
   *
   * @param common what such runs of the model on the same data share
   * @throws UsageException if the options ask for something that cannot be
   * @throws UnsupportedInputException if the model or the data cannot be used
   */
  static OptimizationReport measure(
      Path input, Options options, Common common, ProgressListener listener) {
    Options dry = options.toBuilder().set(OutputOptions.DRY_RUN, true).build();
    return run(input, null, dry, common, listener, false);
  }

  private static OptimizationReport run(
      Path input,
      @Nullable Path output,
      Options options,
      Common common,
      ProgressListener listener,
      boolean takesBack) {
    if (output == null && !options.output().dryRun()) {
      throw new UsageException("No output path was given.", "Pass -o OUT.onnx or --dry-run.");
    }
    options.requireDataForGate();
    Stages stages = new Stages(listener, options.planning().threads());
    try {
      OnnxModel model = stages.run("read", () -> ModelFile.read(input));
      if (output != null) {
        requireWritable(input, output, options.output().overwrite());
      }
      Path folder = output == null ? null : output.toAbsolutePath().getParent();
      try (Workspace workspace = new Workspace(folder, common.workers())) {
        RunContext context = RunContext.of(model, options, stages, workspace);
        return new OptimizationRun(context, output, common, takesBack).run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UsageException("Interrupted; nothing was written.", "Run it again.", e);
    }
  }

  static void requireWritable(Path input, Path output, boolean overwrite) {
    Path folder = output.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new UnsupportedInputException(
          output + ": its folder does not exist", "Create the folder first.");
    }
    try {
      if (Files.exists(output) && Files.isSameFile(input, output)) {
        throw new UsageException(
            output + ": the output path is the input path.", "Choose a different output name.");
      }
    } catch (IOException e) {
      throw new UnsupportedInputException(
          output + ": cannot be accessed", "Check the permissions of its folder.", e);
    }
    OutputPlace.requireReplaceable(output);
    if (Files.exists(output) && !overwrite) {
      throw new UsageException(
          output + ": exists already.",
          "Choose a different name, or pass --overwrite to replace it.");
    }
    if (!Files.isWritable(folder)) {
      throw new UnsupportedInputException(
          folder + ": cannot be written to", "Check its permissions, or write elsewhere.");
    }
  }
}
