package dev.partita.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.FinderOptions;
import dev.partita.model.GraphEdit;
import dev.partita.model.GraphEditor;
import dev.partita.model.GraphIndex;
import dev.partita.model.Names;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.partition.PlanStrategy;
import dev.partita.partition.RandomStrategy;
import dev.partita.rewrite.BlockWeights;
import dev.partita.rewrite.RegionRewriter;
import dev.partita.rewrite.RegionWeights;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Cuts a model and holds the result against the original with the dropped weights set to zero: with
 * features in natural order and shuffled, with the weights as they stand and handed in as if
 * recomputed, in plain and optimized sessions. What is not of a region stays as it is.
 */
public final class RewriteTester {

  private static final double TOLERANCE = 1e-5;
  private static final int SYMBOLIC = 5;

  private RewriteTester() {}

  /** Cuts everything that can be cut; it must be something. */
  public static void check(OnnxModel model, int branches) {
    check(model, new FinderOptions(branches, 1, ImmutableList.of("*"), ImmutableList.of()));
  }

  /** Cuts what the options name; it must be something. */
  public static void check(OnnxModel model, FinderOptions options) {
    for (PlanStrategy strategy : List.of(new ContiguousStrategy(), new RandomStrategy(7))) {
      for (boolean recomputed : new boolean[] {false, true}) {
        check(model, options, strategy, recomputed);
      }
    }
  }

  /** The rewritten model, its features dealt out at random. */
  public static ModelProto rewritten(OnnxModel model, int branches) {
    return rewritten(model, branches, "*");
  }

  /** The same where only what a pattern names is cut. */
  public static ModelProto rewritten(OnnxModel model, int branches, String include) {
    return pair(
            model,
            new FinderOptions(branches, 1, ImmutableList.of(include), ImmutableList.of()),
            new RandomStrategy(7),
            false)
        .rewritten();
  }

  private record Pair(ModelProto masked, ModelProto rewritten) {}

  private static void check(
      OnnxModel model, FinderOptions options, PlanStrategy strategy, boolean recomputed) {
    Pair pair = pair(model, options, strategy, recomputed);
    Map<String, float[]> inputs = Run.inputs(pair.masked(), SYMBOLIC, 11);
    for (boolean optimized : new boolean[] {false, true}) {
      Map<String, float[]> expected = Run.outputs(pair.masked(), inputs, SYMBOLIC, optimized);
      Map<String, float[]> actual = Run.outputs(pair.rewritten(), inputs, SYMBOLIC, optimized);
      assertThat(actual.keySet()).isEqualTo(expected.keySet()).isNotEmpty();
      expected.forEach(
          (name, values) ->
              assertThat(Run.relativeError(values, actual.get(name)))
                  .as(
                      "output %s, %s, recomputed %s, optimized %s",
                      name, strategy.name(), recomputed, optimized)
                  .isLessThan(TOLERANCE));
    }
  }

  private static Pair pair(
      OnnxModel model, FinderOptions options, PlanStrategy strategy, boolean recomputed) {
    GraphIndex index = new GraphIndex(model);
    List<Region> regions = RegionFinder.find(index, options).regions();
    assertThat(regions).isNotEmpty();
    Names names = new Names(index);
    ModelProto masked = model.proto();
    List<GraphEdit> edits = new ArrayList<>();
    for (Region region : regions) {
      PartitionPlan plan =
          strategy.plan(
              PlanProblem.of(
                  region, options.accelerators(), layer -> null, layer -> null, Workers.of(1)));
      masked = MaskedModel.mask(masked, region, plan);
      RegionWeights weights = recomputed ? sameWeights(region, plan) : RegionWeights.ORIGINAL;
      edits.add(RegionRewriter.rewrite(index, names, region, plan, weights).edit());
    }
    ModelProto rewritten = GraphEditor.apply(index, edits).proto();
    assertUntouched(model.proto(), rewritten, edits);
    return new Pair(masked, rewritten);
  }

  /** The kept weights as a repair would hand them in, had it changed nothing. */
  private static RegionWeights sameWeights(Region region, PartitionPlan plan) {
    RegionWeights all = RegionWeights.ORIGINAL;
    for (RegionLayer layer : region.layers()) {
      if (!layer.layer().form().isRepairable()) {
        continue;
      }
      int blocks = layer.whole() ? 1 : plan.branches();
      BlockWeights[] weights = new BlockWeights[blocks];
      for (int branch = 0; branch < blocks; branch++) {
        boolean allIns =
            layer.whole() || region.spaces().get(layer.inSpace()).state() == State.SHARED;
        int[] ins =
            allIns
                ? IntStream.range(0, layer.layer().in()).toArray()
                : plan.features(layer.inSpace(), branch);
        int[] outs =
            layer.whole()
                ? IntStream.range(0, layer.layer().out()).toArray()
                : plan.features(layer.outSpace(), branch);
        weights[branch] =
            new BlockWeights(
                layer.layer().weight().block(ins, outs).times(layer.layer().alpha()),
                new float[outs.length]);
      }
      all = all.with(layer.layer(), weights);
    }
    return all;
  }

  private static void assertUntouched(ModelProto before, ModelProto after, List<GraphEdit> edits) {
    Set<Integer> replaced = new HashSet<>();
    for (GraphEdit edit : edits) {
      if (edit.graph().isMain()) {
        replaced.addAll(edit.replaced());
      } else {
        replaced.add(edit.graph().steps().get(0).node());
      }
    }
    assertThat(after.getGraph().getOutputList()).isEqualTo(before.getGraph().getOutputList());
    if (before.getIrVersion() >= 4) {
      assertThat(after.getGraph().getInputList()).isEqualTo(before.getGraph().getInputList());
    }
    Set<String> read = new HashSet<>();
    after.getGraph().getNodeList().forEach(node -> read.addAll(GraphIndex.valuesRead(node)));
    List<NodeProto> untouched = new ArrayList<>();
    for (int i = 0; i < before.getGraph().getNodeCount(); i++) {
      NodeProto node = before.getGraph().getNode(i);
      boolean unusedConstant =
          node.getOpType().equals("Constant") && !read.contains(node.getOutput(0));
      if (!replaced.contains(i) && !unusedConstant) {
        untouched.add(node);
      }
    }
    Set<NodeProto> wanted = new HashSet<>(untouched);
    assertThat(after.getGraph().getNodeList().stream().filter(wanted::contains).toList())
        .as("untouched nodes, in order")
        .isEqualTo(untouched);
  }
}
