package dev.partita.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.fixtures.Fixtures;
import dev.partita.model.GraphEditor;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.Names;
import dev.partita.onnx.ModelProto;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.OptimizedStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.partition.PlanStrategy;
import dev.partita.partition.RandomStrategy;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.SessionOptions;
import dev.partita.testing.MaskedModel;
import dev.partita.testing.Run;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both trained classifiers, cut without repair, equal themselves with the dropped weights at 0. */
@Tag("slow")
class ClassifierOracleTest {

  private static final double TOLERANCE = 1e-5;
  private static final int IMAGES = 128;

  @TempDir private Path folder;

  @Test
  void theMlp() throws IOException {
    check(Fixtures.fashionMlp(folder));
  }

  @Test
  void theVggStyleNetwork() throws IOException {
    check(Fixtures.fashionVgg(folder));
  }

  private void check(Path model) throws IOException {
    String data = Fixtures.fashionCalibration(folder).toString();
    for (int branches : new int[] {2, 3, 8}) {
      for (PlanStrategy strategy :
          List.of(new ContiguousStrategy(), new RandomStrategy(5), new OptimizedStrategy(5))) {
        // Both the default, with the classifier whole, and everything cut.
        for (ImmutableList<String> include :
            List.of(ImmutableList.<String>of(), ImmutableList.of("*"))) {
          compare(model, data, branches, strategy, include);
        }
      }
    }
  }

  private void compare(
      Path file, String data, int branches, PlanStrategy strategy, ImmutableList<String> include)
      throws IOException {
    GraphIndex index = new GraphIndex(ModelFile.read(file));
    Region region =
        Iterables.getOnlyElement(
            RegionFinder.find(index, new FinderOptions(branches, 1, include, ImmutableList.of()))
                .regions());
    PartitionPlan plan =
        strategy.plan(
            PlanProblem.of(region, branches, layer -> null, layer -> null, Workers.of(1)));
    ModelProto rewritten =
        GraphEditor.apply(
                index,
                RegionRewriter.rewrite(
                        index, new Names(index), region, plan, RegionWeights.ORIGINAL)
                    .edit())
            .proto();
    ModelProto masked = MaskedModel.mask(index.model().proto(), region, plan);
    for (boolean optimized : new boolean[] {false, true}) {
      float[] expected = logits(masked, data, optimized);
      String description =
          "%s P=%d %s include %s optimized %s"
              .formatted(file.getFileName(), branches, strategy.name(), include, optimized);
      assertThat(Run.relativeError(expected, logits(rewritten, data, optimized)))
          .as(description)
          .isLessThan(TOLERANCE);
      assertThat(Run.relativeError(expected, logits(index.model().proto(), data, optimized)))
          .as("dropping weights matters: %s", description)
          .isGreaterThan(0.01);
    }
  }

  private float[] logits(ModelProto model, String data, boolean optimized) throws IOException {
    Path file = folder.resolve("candidate.onnx");
    Files.write(file, model.toByteArray());
    SessionOptions options = SessionOptions.SINGLE_THREADED.withOptimized(optimized);
    try (InferenceSession session = InferenceSession.open(file, options)) {
      DataSet images = DataSet.read(data, session.inputs(), 1);
      return session
          .run(images.batches(IMAGES).get(0).inputs(), List.of("logits"))
          .get("logits")
          .toFloats();
    }
  }
}
