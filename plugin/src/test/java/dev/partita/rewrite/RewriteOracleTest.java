package dev.partita.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.fixtures.RandomModels;
import dev.partita.fixtures.RandomModels.RandomModel;
import dev.partita.model.GraphEdit;
import dev.partita.model.GraphEditor;
import dev.partita.model.GraphIndex;
import dev.partita.model.Names;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.OptimizedStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.partition.PlanStrategy;
import dev.partita.partition.RandomStrategy;
import dev.partita.testing.MaskedModel;
import dev.partita.testing.Run;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A rewrite without repair equals the original with the dropped weights set to zero. */
@Tag("slow")
class RewriteOracleTest {

  private static final int MODELS = Integer.getInteger("partita.oracle.models", 600);
  private static final double TOLERANCE = 1e-5;
  private static final int SYMBOLIC = 5;

  @Test
  void randomModelsEqualTheirMaskedOriginals() {
    int rewritten = 0;
    for (int seed = 0; seed < MODELS; seed++) {
      RandomModel random = RandomModels.model(seed);
      int branches = 2 + seed % 8;
      Pair pair = rewrite(random.proto(), branches, strategy(seed));
      if (pair == null) {
        continue;
      }
      rewritten++;
      assertEqual(pair, seed, random + " P=" + branches);
    }
    assertThat(rewritten).as("models in which anything was cut").isGreaterThan(MODELS * 5 / 6);
  }

  @Test
  void aChangedWeightIsSeen() {
    RandomModel random = RandomModels.model(3);
    Pair pair = rewrite(random.proto(), 2, new ContiguousStrategy());
    assertThat(pair).isNotNull();
    Map<String, float[]> inputs = Run.inputs(random.proto(), SYMBOLIC, 1);
    Map<String, float[]> original = Run.outputs(random.proto(), inputs, SYMBOLIC, false);
    Map<String, float[]> masked = Run.outputs(pair.masked(), inputs, SYMBOLIC, false);
    double largest =
        original.keySet().stream()
            .mapToDouble(name -> Run.relativeError(original.get(name), masked.get(name)))
            .max()
            .orElse(0);
    assertThat(largest).as("dropping weights changes the outputs").isGreaterThan(0.01);
  }

  private static void assertEqual(Pair pair, long seed, String description) {
    Map<String, float[]> inputs = Run.inputs(pair.masked(), SYMBOLIC, seed);
    for (boolean optimized : new boolean[] {false, true}) {
      Map<String, float[]> expected = Run.outputs(pair.masked(), inputs, SYMBOLIC, optimized);
      Map<String, float[]> actual = Run.outputs(pair.rewritten(), inputs, SYMBOLIC, optimized);
      assertThat(actual.keySet()).as(description).isEqualTo(expected.keySet());
      expected.forEach(
          (name, values) ->
              assertThat(Run.relativeError(values, actual.get(name)))
                  .as("%s, output %s, optimized %s", description, name, optimized)
                  .isLessThan(TOLERANCE));
    }
  }

  private static PlanStrategy strategy(int seed) {
    return switch (seed % 3) {
      case 0 -> new ContiguousStrategy();
      case 1 -> new RandomStrategy(seed);
      default -> new OptimizedStrategy(seed);
    };
  }

  private record Pair(ModelProto masked, ModelProto rewritten) {}

  private static Pair rewrite(ModelProto proto, int branches, PlanStrategy strategy) {
    OnnxModel model = new OnnxModel(proto, Path.of("random.onnx"), 0);
    GraphIndex index = new GraphIndex(model);
    Findings findings =
        RegionFinder.find(
            index, new FinderOptions(branches, 1, ImmutableList.of("*"), ImmutableList.of()));
    if (findings.regions().isEmpty()) {
      return null;
    }
    Names names = new Names(index);
    ModelProto masked = proto;
    List<GraphEdit> edits = new ArrayList<>();
    for (Region region : findings.regions()) {
      PartitionPlan plan =
          strategy.plan(
              PlanProblem.of(region, branches, layer -> null, layer -> null, Workers.of(1)));
      masked = MaskedModel.mask(masked, region, plan);
      edits.add(RegionRewriter.rewrite(index, names, region, plan, RegionWeights.ORIGINAL).edit());
    }
    return new Pair(masked, GraphEditor.apply(index, edits).proto());
  }
}
