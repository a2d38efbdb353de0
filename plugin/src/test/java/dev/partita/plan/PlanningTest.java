package dev.partita.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.context.RunContext;
import dev.partita.context.Stages;
import dev.partita.context.Workspace;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.Region;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.partition.FeatureCovariance;
import dev.partita.partition.OptimizedStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.repair.moments.InputScales;
import dev.partita.repair.moments.KnownScales;
import dev.partita.spi.ProgressListener;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which region is planned in which way. */
class PlanningTest {

  private static final int WIDTH = 24;

  @TempDir private Path folder;

  @Test
  void aRegionThatWasNotMeasuredIsPlannedByItsWeights() throws InterruptedException {
    Path file =
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .random("w1", 1, WIDTH, WIDTH)
            .node("measured", "MatMul", "x, w1", "a")
            .node("Softmax", "a", "b")
            .random("w2", 2, WIDTH, WIDTH)
            .node("unmeasured", "MatMul", "b, w2", "c")
            .node("Softmax", "c", "y")
            .output("y", "N", WIDTH)
            .write(folder.resolve("two.onnx"));
    Options options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(SelectionOptions.MIN_BLOCK, 1)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .set(PlanningOptions.CALIBRATION, "random:32")
            .set(GateOptions.GATE, false)
            .set(PlanningOptions.THREADS, 1)
            .build();
    assertThat(Planning.forRepair(options)).isTrue();
    Planning.Planned planned;
    try (Workspace workspace = new Workspace(null, Workers.of(1))) {
      Stages stages = new Stages(ProgressListener.NONE, 1);
      RunContext context = RunContext.of(ModelFile.read(file), options, stages, workspace);
      Gain gain = Gain.of(context.index(), options, context.scenario().target());
      assertThat(gain.findings().regions()).hasSize(2);
      planned =
          new Planning(context, new KnownScales(), new KnownPlans(), null)
              .plan(gain.findings(), only("x"));
    }
    Map<String, PartitionPlan> plans = new LinkedHashMap<>();
    for (Region region : planned.findings().regions()) {
      PartitionPlan plan = planned.rewriting().plan(region);
      int exit = region.layers().get(0).outSpace();
      boolean drafted = region.layers().get(0).layer().name().equals("measured");
      // The draft leaves the last space in order, and nothing else does.
      assertThat(plan.isNatural(exit)).isEqualTo(drafted);
      if (!drafted) {
        PlanProblem problem =
            PlanProblem.of(region, 2, layer -> null, layer -> null, Workers.of(1));
        assertThat(plan).isEqualTo(new OptimizedStrategy(options.planning().seed()).plan(problem));
      }
      plans.put(region.id(), plan);
    }
    assertThat(plans).hasSize(2);
  }

  /** What is known where one value alone could be measured. */
  private static InputScales only(String value) {
    float[] scale = new float[WIDTH];
    double[] covariance = new double[WIDTH * WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      scale[i] = 1;
      covariance[i * WIDTH + i] = 1;
    }
    return new InputScales(
        ImmutableMap.of(FeatureAxis.last(value), scale),
        ImmutableMap.of(
            FeatureAxis.last(value),
            new FeatureCovariance(
                ImmutableList.of(new FeatureCovariance.Run(0, WIDTH, covariance)))));
  }
}
