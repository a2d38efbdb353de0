package dev.partita.repair.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.gradient.Loss;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.repair.distillation.TargetMoments.Sample;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.ReadAs;
import dev.partita.verify.Reading;
import dev.partita.verify.Reading.LabelUse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rewritten model is held against while it is distilled. */
class DistillationGoalsTest {

  private static final int WIDTH = 8;

  private static final ImmutableMap<String, Reading> SCORES =
      ImmutableMap.of("out", new Reading(ReadAs.SCORES, 1, 0, LabelUse.NONE, "a Softmax makes it"));

  @TempDir private Path folder;

  /** Two residual pairs, each behind something that mixes features, so that each is a region. */
  private GraphIndex pairs() {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .random("w1", 1, WIDTH, WIDTH)
            .random("w2", 2, WIDTH, WIDTH)
            .random("w3", 3, WIDTH, WIDTH)
            .random("w4", 4, WIDTH, WIDTH)
            .node("Softmax", "x", "entry1")
            .node("MatMul", "entry1, w1", "a1")
            .node("Relu", "a1", "r1")
            .node("MatMul", "r1, w2", "y1")
            .node("Add", "y1, entry1", "sum1")
            .node("Softmax", "sum1", "entry2")
            .node("MatMul", "entry2, w3", "a2")
            .node("Relu", "a2", "r2")
            .node("MatMul", "r2, w4", "y2")
            .node("Add", "y2, entry2", "sum2")
            .node("Softmax", "sum2", "out")
            .output("out", "N", WIDTH);
    return new GraphIndex(ModelFile.read(graph.write(folder.resolve("in.onnx"))));
  }

  private static List<Region> regions(GraphIndex index) {
    List<Region> regions =
        RegionFinder.find(index, new FinderOptions(2, 1, ImmutableList.of(), ImmutableList.of()))
            .regions();
    assertThat(regions).hasSize(2);
    return regions;
  }

  @Test
  void outputsComeFirstThenWhatEntersARegionBehindAnother() {
    GraphIndex index = pairs();
    DistillationGoals goals = DistillationGoals.ofOutputs(regions(index), index, index, SCORES);
    // Scores are compared in front of the Softmax; nothing stands in front of entry1.
    assertThat(goals.values()).containsExactly("sum2", "entry2");
    assertThat(goals.outputs()).containsExactly(SCORES.get("out"));
    assertThat(goals.measured()).isEmpty();
    assertThat(goals.closed()).isEmpty();
  }

  @Test
  void regionsThatAreNotDistilledHaveNone() {
    GraphIndex index = pairs();
    for (Region alone : regions(index)) {
      assertThat(DistillationGoals.ofOutputs(List.of(alone), index, index, SCORES).values())
          .containsExactly("sum2");
    }
  }

  @Test
  void valuesOnTheWayAreNoScoresAndCountAsMuchAsTheOutputs() {
    GraphIndex index = pairs();
    DistillationGoals goals = DistillationGoals.ofOutputs(regions(index), index, index, SCORES);
    float[] ones = new float[2 * WIDTH];
    Arrays.fill(ones, 1);
    Tensor target = Tensor.of(ones, 2, WIDTH);
    Batch batch =
        DataSet.read(
                "random:2", List.of(TensorDescription.of("x", ElementType.FLOAT, -1, WIDTH)), 1)
            .batches(2)
            .get(0);
    assertThat(
            goals.losses(
                new TargetMoments(
                    List.of(new Sample(batch, Map.of("sum2", target, "entry2", target)))),
                false,
                true))
        .extracting(Loss::value, Loss::kind, Loss::factor)
        .containsExactly(
            tuple("sum2", Loss.Kind.DIVERGENCE, 1.0),
            tuple("sum2", Loss.Kind.SQUARED, 0.05),
            tuple("entry2", Loss.Kind.SQUARED, 1.0));
  }
}
