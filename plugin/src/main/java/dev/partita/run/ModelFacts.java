package dev.partita.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.dense.find.WeightHolders;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.RuntimeVersions;
import dev.partita.model.StagedModel;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.WeightShares;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a report says of a model as a whole. */
public final class ModelFacts {

  private ModelFacts() {}

  public static InputInfo input(OnnxModel model) {
    return new InputInfo(
        model.source().toString(),
        ModelFile.sha256(model.source()),
        ModelFile.bytesWithExternalData(model),
        model.irVersion(),
        model.opset(),
        ModelFile.parameters(model),
        operators(model),
        /* weights= */ null);
  }

  /** What holds the weights of a model, functions inlined or not. */
  public static WeightShares weights(GraphIndex index) {
    WeightHolders.Shares shares = WeightHolders.of(index);
    return new WeightShares(
        shares.dense(),
        shares.others().stream()
            .map(held -> new WeightShares.Holder(held.kind(), held.nodes(), held.weights()))
            .collect(ImmutableList.toImmutableList()));
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
