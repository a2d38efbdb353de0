package dev.partita.repair.region;

import com.google.common.primitives.ImmutableIntArray;
import dev.partita.context.Fronts;
import dev.partita.context.RunContext;
import dev.partita.context.Workspace;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.Subgraph;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.moments.BranchSamples;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.repair.moments.Rows;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runs the calibration data through a region alone, for each of its layers. */
public final class RepairSamples implements BranchSamples, AutoCloseable {

  private final Workspace workspace;
  private final DataSet data;
  private final ActivationChain chain;

  RepairSamples(RunContext context, Rewriting rewriting, DataSet data, Fronts.Front front) {
    this.workspace = context.workspace();
    this.data = data;
    this.chain = new ActivationChain(context, rewriting, data, front);
  }

  @Override
  public void stream(
      Region region, PartitionPlan plan, RegionWeights weights, DenseLayer layer, Consumer consumer)
      throws InterruptedException {
    Value made = new Value(layer.output(), layer.to().axis());
    stream(region, weights, layer, made, consumer);
  }

  @Override
  public void streamExit(
      Region region,
      PartitionPlan plan,
      RegionWeights weights,
      String exit,
      DenseLayer layer,
      Consumer consumer)
      throws InterruptedException {
    stream(region, weights, layer, new Value(exit, region.axis(exit)), consumer);
  }

  private record Value(String name, int axis) {}

  private void stream(
      Region region, RegionWeights weights, DenseLayer layer, Value wanted, Consumer consumer)
      throws InterruptedException {
    try (Scratch scratch = workspace.scratch()) {
      Rewriting.Result result = rewriting().only(region, weights, scratch);
      RegionRewrite rewrite = result.rewrite(region);
      boolean cut = rewrite.branchValues().containsKey(wanted.name());
      List<String> outputs =
          cut ? List.copyOf(rewrite.branchValues().get(wanted.name())) : List.of(wanted.name());
      if (cut) {
        List<String> inputs = List.copyOf(rewrite.branchValues().get(layer.input()));
        Read read = new Read(inputs, layer.from().axis(), null);
        stream(region, result, read, wanted, outputs, consumer);
      } else {
        RegionRewrite.Joined joined =
            Objects.requireNonNull(rewrite.joined().get(layer.input()), layer.input());
        Read read = new Read(List.of(joined.name()), layer.from().axis(), joined.order());
        stream(region, result, read, wanted, outputs, consumer);
      }
    }
  }

  /** The rewriting with the regions that are repaired so far. */
  Rewriting rewriting() {
    return chain.rewriting();
  }

  /** Takes the weights of a region, which those behind it are repaired to. */
  void keep(Region region, RegionWeights weights) {
    chain.keep(region, weights);
  }

  @Override
  public void close() {
    chain.close();
  }

  /** What a layer reads, and the order of its features where it is not the natural one. */
  private record Read(List<String> values, int axis, @Nullable ImmutableIntArray order) {

    Rows rows(Tensor tensor, @Nullable ImmutableIntArray kept) {
      Rows rows = new Rows(tensor, axis);
      return order == null
          ? new Rows(tensor, axis, kept)
          : new Rows(natural(rows, order), FeatureAxis.LAST, kept);
    }

    private static Tensor natural(Rows rows, ImmutableIntArray order) {
      float[] values = rows.values();
      float[] sorted = new float[values.length];
      int features = order.length();
      for (int i = 0; i < values.length; i++) {
        sorted[i / features * features + order.get(i % features)] = values[i];
      }
      return Tensor.of(sorted, rows.count(), features);
    }
  }

  private void stream(
      Region region,
      Rewriting.Result result,
      Read read,
      Value wanted,
      List<String> outputs,
      Consumer consumer)
      throws InterruptedException {
    chain.enter(region);
    GraphIndex rewritten = new GraphIndex(result.model());
    Set<String> needed = new LinkedHashSet<>(read.values());
    needed.addAll(outputs);
    // A layer may read what is at hand already.
    Map<String, Integer> given = chain.entryTypes();
    needed.removeIf(value -> rewritten.isInput(value) || given.containsKey(value));
    List<String> probes = List.copyOf(needed);
    OnnxModel part = Subgraph.between(rewritten, given, probes);
    Set<String> inputs = Subgraph.inputs(part);
    try (Workspace.Opened after = workspace.open(rewritten.model(), part)) {
      Capture.streamAll(
          List.of(new Probe(after.session(), probes, batch -> chain.entries(batch, inputs))),
          data,
          CalibrationRows.batchSize(data),
          workspace.workers(),
          (batch, results) -> {
            Map<String, Tensor> values = new HashMap<>(batch.inputs());
            values.putAll(chain.entries(batch, given.keySet()));
            values.putAll(results.get(0));
            Tensor target =
                Objects.requireNonNull(
                    chain.original(batch, Set.of(wanted.name())).get(wanted.name()));
            // A layer keeps its rows, so that those of its inputs are the same.
            ImmutableIntArray kept =
                batch.mask().rows(wanted.name(), target.shape(), wanted.axis());
            consumer.accept(
                batch.index(),
                new Rows(target, wanted.axis(), kept),
                read.values().stream().map(v -> read.rows(values.get(v), kept)).toList(),
                outputs.stream().map(v -> new Rows(values.get(v), wanted.axis(), kept)).toList());
          });
    }
  }
}
