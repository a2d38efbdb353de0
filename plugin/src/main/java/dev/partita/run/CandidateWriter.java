package dev.partita.run;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.Version;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.annotate.Annotator;
import dev.partita.annotate.KeptNotes;
import dev.partita.annotate.MetadataKeys;
import dev.partita.annotate.RegionFolding;
import dev.partita.context.Workspace;
import dev.partita.dense.find.LayerRows;
import dev.partita.estimate.Estimates;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.StagedModel;
import dev.partita.options.IrVersion;
import dev.partita.options.Options;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.rewrite.Rewriting;
import dev.partita.trial.Gating;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes rewritten models, with their figures on them, to temporary files beside the output. */
final class CandidateWriter {

  private final OnnxModel model;
  private final @Nullable Path output;
  private final Options options;
  private final Target target;
  private final LayerRows rows;
  private final Workspace workspace;
  private ImmutableMap<String, ImmutableMap<String, String>> annotations = ImmutableMap.of();

  CandidateWriter(
      OnnxModel model,
      @Nullable Path output,
      Options options,
      Target target,
      LayerRows rows,
      Workspace workspace) {
    this.model = model;
    this.output = output;
    this.options = options;
    this.target = target;
    this.rows = rows;
    this.workspace = workspace;
  }

  /** What stands on the model that was staged last; see {@link OptimizationReport#annotations}. */
  ImmutableMap<String, ImmutableMap<String, String>> annotations() {
    return annotations;
  }

  /** The input's own bytes. */
  StagedModel copy() {
    return StagedModel.copied(model, place());
  }

  private Path place() {
    return output == null ? workspace.folder().resolve("dry-run.onnx") : output;
  }

  /** Annotated first, so that the bytes that are checked are the bytes that ship. */
  StagedModel stage(Gating.Rewritten rewritten, @Nullable RegionEstimate total) {
    try (Scratch scratch = workspace.scratch()) {
      return stage(rewritten.in(scratch), total);
    }
  }

  private StagedModel stage(Rewriting.Result result, @Nullable RegionEstimate total) {
    DramSharing sharing = Estimates.sharing(options, target);
    ImmutableMap<String, String> ofModel = modelMetadata(sharing, total);
    ImmutableMap<String, ImmutableMap<String, String>> ofNodes =
        Annotator.figures(result.rewrites(), target, sharing, rows);
    OnnxModel annotated =
        Annotator.annotate(
            result.model(),
            result.rewrites(),
            target,
            ofNodes,
            options.output().irVersion() == IrVersion.AUTO,
            ofModel);
    annotations =
        ImmutableMap.<String, ImmutableMap<String, String>>builder()
            .put("", ImmutableSortedMap.copyOf(ofModel))
            .putAll(KeptNotes.of(annotated, ofNodes))
            .buildOrThrow();
    OnnxModel written =
        options.output().fold() ? RegionFolding.fold(annotated, result.rewrites()) : annotated;
    return StagedModel.edited(model, written, place());
  }

  private ImmutableMap<String, String> modelMetadata(
      DramSharing sharing, @Nullable RegionEstimate total) {
    ImmutableMap.Builder<String, String> entries = ImmutableMap.builder();
    entries.put(MetadataKeys.VERSION, Version.current());
    entries.put(MetadataKeys.TARGET, target.name());
    entries.put(MetadataKeys.OPTIONS, OptionsText.of(options, target));
    entries.put(MetadataKeys.INPUT_SHA256, ModelFile.sha256(model.source()));
    if (total != null) {
      entries.put(MetadataKeys.SPEEDUP, ratio(total.of(sharing).speedup()));
      entries.put(MetadataKeys.ENERGY_RATIO, ratio(total.of(sharing).energyRatio()));
    }
    return entries.buildOrThrow();
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
