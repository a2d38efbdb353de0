package dev.partita.run;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.RuntimeVersions;
import dev.partita.model.StagedModel;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a report says of a model as a whole. */
public final class ModelFacts {

  private ModelFacts() {}

  public static InputInfo input(OnnxModel model) {
    return input(model, ModelFile.sha256(model.source()));
  }

  /** The same, with the file hashed meanwhile: that takes as long as all else that inspects it. */
  public static Supplier<InputInfo> startInput(OnnxModel model) {
    CompletableFuture<String> sha256 =
        CompletableFuture.supplyAsync(() -> ModelFile.sha256(model.source()));
    return () -> input(model, joined(sha256));
  }

  private static String joined(CompletableFuture<String> sha256) {
    try {
      return sha256.join();
    } catch (CompletionException failure) {
      Throwables.throwIfUnchecked(Objects.requireNonNull(failure.getCause()));
      throw failure;
    }
  }

  private static InputInfo input(OnnxModel model, String sha256) {
    return new InputInfo(
        model.source().toString(),
        sha256,
        ModelFile.bytesWithExternalData(model),
        model.irVersion(),
        model.opset(),
        ModelFile.parameters(model),
        operators(model));
  }

  /** The staged file; null where a dry run writes none. */
  public static OutputInfo output(
      OnnxModel model, @Nullable Path output, @Nullable StagedModel staged) {
    return new OutputInfo(
        output == null ? null : output.toString(),
        staged == null ? null : ModelFile.sha256(staged.path()),
        staged == null ? null : staged.bytes(),
        model.irVersion(),
        ModelFile.parameters(model),
        RuntimeVersions.oldestFor(model),
        operators(model));
  }

  private static ImmutableSortedMap<String, Integer> operators(OnnxModel model) {
    Map<String, Integer> counts = new TreeMap<>();
    for (String operator : ModelFile.operators(model)) {
      counts.merge(operator, 1, Integer::sum);
    }
    return ImmutableSortedMap.copyOf(counts);
  }
}
