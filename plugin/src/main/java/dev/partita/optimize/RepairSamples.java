package dev.partita.optimize;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.DenseLayer;
import dev.partita.dense.Region;
import dev.partita.model.GraphIndex;
import dev.partita.model.Scratch;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.BranchSamples;
import dev.partita.repair.Rows;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.RegionWeights;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Runs the calibration data through the original and through the model as rewritten so far, both
 * cut down to what one layer needs.
 */
final class RepairSamples implements BranchSamples {

  private static final int MOST_SAMPLES = 256;
  private static final int FEWEST_BATCHES = 16;

  private final Workspace workspace;
  private final Rewriting rewriting;
  private final DataSet data;
  private final int threads;

  RepairSamples(Workspace workspace, Rewriting rewriting, DataSet data, int threads) {
    this.workspace = workspace;
    this.rewriting = rewriting;
    this.data = data;
    this.threads = threads;
  }

  /** Small enough that some batches can be held out of a small data set. */
  static int batchSize(DataSet data) {
    return Math.max(1, Math.min(MOST_SAMPLES, data.samples() / FEWEST_BATCHES));
  }

  @Override
  public void stream(
      Region region, PartitionPlan plan, RegionWeights weights, DenseLayer layer, Consumer consumer)
      throws InterruptedException {
    try (Scratch scratch = workspace.scratch()) {
      stream(rewriting.with(region, weights, scratch), region, layer, consumer);
    }
  }

  private void stream(Rewriting.Result result, Region region, DenseLayer layer, Consumer consumer)
      throws InterruptedException {
    RegionRewrite rewrite = result.rewrite(region);
    List<String> inputs = List.copyOf(rewrite.branchValues().get(layer.input()));
    boolean cut = rewrite.branchValues().containsKey(layer.output());
    List<String> outputs =
        cut ? List.copyOf(rewrite.branchValues().get(layer.output())) : List.of(layer.output());
    GraphIndex original = rewriting.index();
    GraphIndex rewritten = new GraphIndex(result.model());
    Set<String> needed = new LinkedHashSet<>(inputs);
    needed.addAll(outputs);
    // A layer may read a graph input; that is in the batch already.
    needed.removeIf(rewritten::isInput);
    List<String> probes = List.copyOf(needed);
    try (Workspace.Opened before = workspace.open(original, List.of(layer.output()));
        Workspace.Opened after = workspace.open(rewritten, probes)) {
      Capture.streamAll(
          List.of(
              new Probe(before.session(), List.of(layer.output())),
              new Probe(after.session(), probes)),
          data,
          batchSize(data),
          threads,
          (batch, results) -> {
            ImmutableMap<String, Tensor> made = results.get(1);
            ImmutableMap<String, Tensor> fed =
                probes.containsAll(inputs) ? ImmutableMap.of() : batch.inputs();
            Tensor target = results.get(0).get(layer.output());
            // A layer keeps its rows, so that those of its inputs are the same.
            ImmutableIntArray kept =
                batch.mask().rows(layer.output(), target.shape(), layer.to().axis());
            consumer.accept(
                batch.index(),
                new Rows(target, layer.to().axis(), kept),
                inputs.stream()
                    .map(
                        v ->
                            new Rows(
                                made.containsKey(v) ? made.get(v) : fed.get(v),
                                layer.from().axis(),
                                kept))
                    .toList(),
                outputs.stream()
                    .map(value -> new Rows(made.get(value), layer.to().axis(), kept))
                    .toList());
          });
    }
  }
}
