package dev.partita.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.fixtures.DenseHead;
import dev.partita.measure.BenchReport.Kind;
import dev.partita.measure.BenchReport.LayerTime;
import dev.partita.measure.BenchReport.Subject;
import dev.partita.options.Options;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.runtime.DataException;
import dev.partita.runtime.ShardManifest;
import dev.partita.shard.Rewritten;
import dev.partita.shard.ShardLayout;
import dev.partita.shard.Sharder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {

  @TempDir private Path folder;

  private static BenchOptions options(@Nullable Integer shard, boolean layers) {
    return new BenchOptions(null, 1, ImmutableMap.of("L", 4), 2, 2, shard, 3, 4, layers);
  }

  @Test
  @Tag("slow")
  void measuresModelsFoldersAndSingleShards() throws Exception {
    Path dense = DenseHead.write(folder, new int[] {1024, 1024, 512}, 1);
    Path rewritten = Rewritten.of(dense, Rewritten.options(4).build());
    Path shards = folder.resolve("shards");
    ShardManifest unused = Sharder.shard(rewritten, shards, ShardLayout.FOLDER, false);
    BenchReport report =
        Bench.run(
            List.of(dense, rewritten, shards), options(null, false), inputs -> ImmutableList.of());
    assertThat(report.batch()).isEqualTo(2);
    assertThat(report.subjects())
        .extracting(Subject::kind)
        .containsExactly(Kind.MODEL, Kind.MODEL, Kind.SHARDS);
    assertThat(report.subjects().get(0).ratio()).isEqualTo(1);
    for (Subject subject : report.subjects()) {
      assertThat(subject.leastMicros()).isPositive();
      assertThat(subject.lowerQuartileMicros())
          .isBetween(subject.leastMicros(), subject.medianMicros());
      assertThat(subject.upperQuartileMicros()).isGreaterThanOrEqualTo(subject.medianMicros());
      assertThat(subject.ratio())
          .isEqualTo(report.subjects().get(0).medianMicros() / subject.medianMicros());
    }
    BenchReport alone =
        Bench.run(List.of(dense, shards), options(3, false), inputs -> ImmutableList.of());
    assertThat(alone.subjects().get(1).kind()).isEqualTo(Kind.SHARD);
    assertThat(alone.subjects().get(1).threads()).isEqualTo(1);
    assertThatThrownBy(
            () -> Bench.run(List.of(shards), options(4, false), inputs -> ImmutableList.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(" has no shard of accelerator 4.");
  }

  @Test
  void refusesModelsOfOtherInputs() throws Exception {
    Path dense = DenseHead.write(folder, new int[] {64, 32}, 1);
    Path other = Rewritten.twoRegions(17).write(folder.resolve("other.onnx"));
    assertThatThrownBy(
            () ->
                Bench.run(
                    List.of(dense, other), options(null, false), inputs -> ImmutableList.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot be measured on the same data");
    assertThatThrownBy(
            () -> Bench.run(List.of(), options(null, false), inputs -> ImmutableList.of()))
        .isInstanceOf(UsageException.class)
        .hasMessage("No model was given to measure.");
  }

  @Test
  void timesDenseLayersBesideTheirEstimates() throws Exception {
    Path model = Rewritten.twoRegions(17).write(folder.resolve("in.onnx"));
    Options estimates =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(SelectionOptions.MIN_BLOCK, 2)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .build();
    BenchReport report =
        Bench.run(
            List.of(model),
            options(null, true),
            inputs -> LayerBench.of(model, 1, inputs, 5, estimates));
    // The first is fused with its Add, the others stand alone.
    assertThat(report.layers())
        .extracting(LayerTime::name)
        .containsExactlyInAnyOrder("first", "second", "third", "fourth");
    for (LayerTime layer : report.layers()) {
      assertThat(layer.measuredMicros()).as(layer.name()).isNotNull();
      assertThat(layer.estimatedMicros()).isPositive();
    }
  }

  @Test
  void quantilesLieBetweenTheirNeighbours() {
    double[] values = {4, 1, 3, 2};
    assertThat(Bench.quantile(values, 0)).isEqualTo(1);
    assertThat(Bench.quantile(values, 0.5)).isEqualTo(2.5);
    assertThat(Bench.quantile(values, 0.25)).isEqualTo(1.75);
    assertThat(Bench.quantile(values, 1)).isEqualTo(4);
    assertThat(Bench.quantile(new double[] {7}, 0.75)).isEqualTo(7);
  }
}
