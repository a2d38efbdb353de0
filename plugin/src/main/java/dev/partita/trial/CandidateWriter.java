package dev.partita.trial;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.Version;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.annotate.Annotator;
import dev.partita.annotate.KeptNotes;
import dev.partita.annotate.MetadataKeys;
import dev.partita.annotate.RegionFolding;
import dev.partita.context.RunContext;
import dev.partita.estimate.RewritingEstimates;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.StagedModel;
import dev.partita.options.IrVersion;
import dev.partita.options.Options;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.Rewriting;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes rewritten models, with their figures, to temporary files next to the output. */
public final class CandidateWriter {

  private final RunContext context;
  private final @Nullable Path output;
  private final Options options;
  private final Target target;

  public CandidateWriter(RunContext context, @Nullable Path output) {
    this.context = context;
    this.output = output;
    this.options = context.options();
    this.target = context.scenario().target();
  }

  /** The input's own bytes. */
  public StagedModel copy() {
    return StagedModel.copied(context.read(), place());
  }

  /** What messages call a candidate: the file that it is to become, else the one it came from. */
  Path shown() {
    return output == null ? context.read().source() : output;
  }

  private Path place() {
    return output == null ? context.workspace().folder().resolve("dry-run.onnx") : output;
  }

  /** Annotated first, so that the bytes that are checked are the bytes that ship. */
  public Candidate stage(Rewriting rewriting, RewritingEstimates estimates) {
    try (Scratch scratch = context.workspace().scratch()) {
      return stage(rewriting.result(scratch), estimates.total(rewriting));
    }
  }

  private Candidate stage(Rewriting.Result result, @Nullable RegionEstimate total) {
    DramSharing sharing = context.scenario().sharing();
    ImmutableMap<String, String> ofModel = modelMetadata(sharing, total);
    ImmutableMap<String, ImmutableMap<String, String>> ofNodes =
        Annotator.figures(result.rewrites(), target, sharing, context.scenario().rows());
    OnnxModel annotated =
        Annotator.annotate(
            result.model(),
            result.rewrites(),
            target,
            ofNodes,
            options.output().irVersion() == IrVersion.AUTO,
            ofModel);
    ImmutableMap<String, ImmutableMap<String, String>> annotations =
        ImmutableMap.<String, ImmutableMap<String, String>>builder()
            .put("", ImmutableSortedMap.copyOf(ofModel))
            .putAll(KeptNotes.of(annotated, ofNodes))
            .buildOrThrow();
    OnnxModel written =
        options.output().fold() ? RegionFolding.fold(annotated, result.rewrites()) : annotated;
    return new Candidate(
        StagedModel.edited(context.read(), written, place()),
        annotations,
        result.rewrites().stream()
            .collect(
                ImmutableMap.toImmutableMap(
                    rewrite -> rewrite.region().id(), RegionRewrite::parametersAfter)));
  }

  private ImmutableMap<String, String> modelMetadata(
      DramSharing sharing, @Nullable RegionEstimate total) {
    ImmutableMap.Builder<String, String> entries = ImmutableMap.builder();
    entries.put(MetadataKeys.VERSION, Version.current());
    entries.put(MetadataKeys.TARGET, target.name());
    entries.put(MetadataKeys.OPTIONS, OptionsText.of(options, target));
    entries.put(MetadataKeys.INPUT_SHA256, ModelFile.sha256(context.read().source()));
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
