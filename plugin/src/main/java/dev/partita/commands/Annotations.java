package dev.partita.commands;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UnsupportedInputException;
import dev.partita.Version;
import dev.partita.accelerator.Target;
import dev.partita.annotate.MetadataKeys;
import dev.partita.annotate.Restoration;
import dev.partita.annotate.Restoration.Restored;
import dev.partita.context.GivenSizes;
import dev.partita.dense.find.LayerRows;
import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.StagedModel;
import dev.partita.options.Options;
import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.AnnotateReport.Source;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import dev.partita.run.ModelFacts;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Puts figures back on a rewritten model whose metadata another tool has dropped. */
public final class Annotations {

  /** The reason of a node that the model has no more. */
  public static final String NOT_THERE = "NOT_THERE";

  private Annotations() {}

  /**
   * Restores what a run has kept next to the model.
   *
   * @param kept as {@link OptimizationReport#annotations()} has it
   * @throws UnsupportedInputException if the model cannot be read, or {@code kept} is of another
   */
  public static AnnotateReport restore(
      Path input,
      Path output,
      ImmutableMap<String, ImmutableMap<String, String>> kept,
      boolean overwrite) {
    OnnxModel model = ModelFile.read(input);
    Optimizer.requireWritable(input, output, overwrite);
    return write(model, output, Restoration.restore(model, kept), null, overwrite);
  }

  /**
   * Estimates the figures again, from the graph alone.
   *
   * @param options the target and what the estimates assume, and whether an output is replaced
   * @throws UnsupportedInputException if the model cannot be read or has no branches
   */
  public static AnnotateReport estimate(Path input, Path output, Options options) {
    OnnxModel model = ModelFile.read(input);
    GivenSizes.check(model, options);
    Optimizer.requireWritable(input, output, options.output().overwrite());
    Target target = Estimates.target(options);
    GraphIndex index = new GraphIndex(model);
    LayerRows rows = new LayerRows(index, options.target().dims());
    Restored restored =
        Restoration.estimate(
            index,
            target,
            Estimates.sharing(options, target),
            rows,
            ImmutableMap.of(
                MetadataKeys.VERSION, Version.current(), MetadataKeys.TARGET, target.name()));
    if (restored.byName() + restored.byOutput() == 0) {
      throw new UnsupportedInputException(
          input + ": no node is named like a branch of a rewritten model",
          "Pass a model that partita optimize wrote, or optimize this one first.");
    }
    TargetInfo info = Estimates.info(options, target, rows);
    return write(model, output, restored, info, options.output().overwrite());
  }

  private static AnnotateReport write(
      OnnxModel model,
      Path output,
      Restored restored,
      @Nullable TargetInfo target,
      boolean overwrite) {
    try (StagedModel staged = StagedModel.edited(model, restored.model(), output)) {
      OnnxModel written = ModelFile.read(staged.path());
      AnnotateReport report =
          new AnnotateReport(
              ModelFacts.input(model),
              ModelFacts.output(written, output, staged),
              target == null ? Source.SIDECAR : Source.ESTIMATE,
              target,
              restored.byName(),
              restored.byOutput(),
              restored.lost().entrySet().stream()
                  .map(lost -> new SkippedNode(lost.getKey(), "", NOT_THERE, lost.getValue()))
                  .collect(ImmutableList.toImmutableList()));
      staged.commit(overwrite);
      return report;
    }
  }
}
