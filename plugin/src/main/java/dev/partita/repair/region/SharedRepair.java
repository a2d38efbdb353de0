package dev.partita.repair.region;

import com.google.common.collect.ImmutableList;
import dev.partita.context.RunContext;
import dev.partita.context.Workspace;
import dev.partita.dense.find.DecodeStep;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.Matrix;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.region.SharedLayers;
import dev.partita.dense.region.SharedLayers.Use;
import dev.partita.model.GraphIndex;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.leastsquares.Fit;
import dev.partita.repair.leastsquares.PooledMoments;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.repair.moments.Rows;
import dev.partita.rewrite.BlockWeights;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Capture;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The blocks of layers that share a stored weight. They are fitted once on the original's
 * activations of all these layers, since what each of them reads in the rewritten model depends on
 * the blocks themselves; then once more on what they read with those blocks. Each layer has a bias
 * of its own.
 */
final class SharedRepair {

  /** What is fitted. */
  private enum Fitted {
    /** The blocks, and the bias of each layer. */
    ALL,
    /** The biases: no change of the blocks is right for all layers. */
    BIASES,
    /** Nothing: written again, the blocks would not be equal bit by bit. */
    NOTHING
  }

  /** One stored weight: each branch's block of its first layer, and sums over what all lack. */
  private static final class Group {
    private final Fitted fitted;
    private final boolean transposed;
    private final List<Matrix> blocks = new ArrayList<>();
    private final List<PooledMoments> sums = new ArrayList<>();

    Group(Fitted fitted, boolean transposed) {
      this.fitted = fitted;
      this.transposed = transposed;
    }

    void take(List<Fit> fits) {
      if (sums.isEmpty()) {
        blocks.forEach(block -> sums.add(new PooledMoments(block.rows(), block.columns())));
      }
      for (int branch = 0; branch < fits.size(); branch++) {
        fits.get(branch).addTo(sums.get(branch));
      }
    }

    void refine() {
      for (int branch = 0; branch < sums.size(); branch++) {
        blocks.set(branch, sums.get(branch).refined(blocks.get(branch)));
      }
      sums.forEach(PooledMoments::close);
      sums.clear();
    }
  }

  private final RunContext context;
  private final DataSet data;
  private final Map<LayerKey, Group> groups = new HashMap<>();
  private boolean refined;

  private SharedRepair(RunContext context, DataSet data) {
    this.context = context;
    this.data = data;
  }

  /** The blocks for a rewriting, fitted on the original's activations. */
  static SharedRepair of(RunContext context, Rewriting rewriting, DataSet data)
      throws InterruptedException {
    SharedRepair repair = new SharedRepair(context, data);
    for (ImmutableList<Use> uses : SharedLayers.of(rewriting.active())) {
      repair.add(uses, rewriting);
    }
    return repair;
  }

  /** Whether no layer shares its weight. */
  boolean isEmpty() {
    return groups.isEmpty();
  }

  boolean contains(DenseLayer layer) {
    return groups.containsKey(layer.key());
  }

  /** Whether a layer that shares its weight keeps it and its bias as they are. */
  boolean keeps(DenseLayer layer) {
    Group group = groups.get(layer.key());
    return group != null && group.fitted == Fitted.NOTHING;
  }

  /** What the branches of a layer have now. */
  BlockWeights[] blocks(DenseLayer layer) {
    Group group = group(layer);
    return group.blocks.stream()
        .map(block -> layer.weight().transposed() == group.transposed ? block : block.transposed())
        .map(block -> new BlockWeights(block, new float[block.columns()]))
        .toArray(BlockWeights[]::new);
  }

  /** Takes what a layer lacks in the rewritten model, one fit for each branch. */
  void take(DenseLayer layer, List<Fit> fits) {
    Group group = group(layer);
    if (group.fitted == Fitted.ALL && !refined) {
      group.take(fits);
    }
  }

  /** Fits all blocks once more, on what was taken. */
  void refine() {
    refined = true;
    groups.values().forEach(Group::refine);
  }

  private Group group(DenseLayer layer) {
    return Objects.requireNonNull(groups.get(layer.key()), layer.name());
  }

  private void add(ImmutableList<Use> uses, Rewriting rewriting) throws InterruptedException {
    Use first = uses.get(0);
    Group group = new Group(fitted(uses), first.layer().layer().weight().transposed());
    for (Slice slice : slices(first, rewriting.plan(first.region()))) {
      group.blocks.add(slice.kept());
    }
    if (group.fitted == Fitted.ALL) {
      for (Use use : uses) {
        List<Fit> fits = measured(use, rewriting);
        group.take(fits);
        fits.forEach(Fit::close);
      }
      group.refine();
    }
    uses.forEach(use -> groups.put(use.layer().layer().key(), group));
  }

  private static Fitted fitted(ImmutableList<Use> uses) {
    DenseLayer first = uses.get(0).layer().layer();
    // Values in bodies cannot be captured, and transposed layers want another change.
    boolean alike =
        uses.stream()
            .allMatch(
                use ->
                    use.region().graph().isMain()
                        && use.layer().layer().weight().transposed()
                            == first.weight().transposed());
    boolean quantized =
        first.weight().source().steps().stream().anyMatch(DecodeStep.Linear.class::isInstance);
    if (!first.form().isRepairable() || (!alike && quantized)) {
      return Fitted.NOTHING;
    }
    return alike ? Fitted.ALL : Fitted.BIASES;
  }

  /**
   * A branch of a layer.
   *
   * @param ins the inputs that it reads
   * @param others the inputs that it does not read
   * @param outs the outputs that it makes
   * @param kept its block, with alpha in it
   */
  private record Slice(int[] ins, int[] others, int[] outs, Matrix kept) {}

  private static List<Slice> slices(Use use, PartitionPlan plan) {
    RegionLayer layer = use.layer();
    DenseLayer dense = layer.layer();
    boolean shared = use.region().spaces().get(layer.inSpace()).state() == State.SHARED;
    List<Slice> slices = new ArrayList<>();
    for (int branch = 0; branch < plan.branches(); branch++) {
      boolean[] read = new boolean[dense.in()];
      int[] ins =
          shared
              ? IntStream.range(0, dense.in()).toArray()
              : plan.features(layer.inSpace(), branch);
      for (int in : ins) {
        read[in] = true;
      }
      int[] others = IntStream.range(0, dense.in()).filter(in -> !read[in]).toArray();
      int[] outs = plan.features(layer.outSpace(), branch);
      slices.add(
          new Slice(ins, others, outs, dense.weight().block(ins, outs).times(dense.alpha())));
    }
    return slices;
  }

  /** What the branches of a layer lack when they read what the original reads. */
  private List<Fit> measured(Use use, Rewriting rewriting) throws InterruptedException {
    DenseLayer layer = use.layer().layer();
    List<Slice> slices = slices(use, rewriting.plan(use.region()));
    List<Fit> fits = new ArrayList<>();
    List<double[]> dropped = new ArrayList<>();
    for (Slice slice : slices) {
      BlockWeights base = new BlockWeights(slice.kept(), new float[slice.outs().length]);
      fits.add(new Fit(layer, slice.ins(), slice.outs(), base));
      Matrix lost = layer.weight().block(slice.others(), slice.outs()).times(layer.alpha());
      dropped.add(doubles(lost.values()));
    }
    stream(
        rewriting.index(),
        layer,
        (batch, rows) -> {
          float[] values = rows.values();
          boolean heldOut = CalibrationRows.isHeldOut(batch);
          context
              .workers()
              .forEach(
                  slices.size(),
                  branch -> {
                    Slice slice = slices.get(branch);
                    fits.get(branch)
                        .addLacking(
                            columns(values, layer.in(), slice.ins()),
                            columns(values, layer.in(), slice.others()),
                            dropped.get(branch),
                            rows.count(),
                            heldOut);
                  });
        });
    return fits;
  }

  private interface Consumer {
    void accept(int batch, Rows rows);
  }

  /** What the original's layer reads. */
  private void stream(GraphIndex index, DenseLayer layer, Consumer consumer)
      throws InterruptedException {
    String value = layer.input();
    if (index.isInput(value)) {
      for (Batch batch : data.batches(CalibrationRows.batchSize(data))) {
        consumer.accept(batch.index(), rows(batch, layer, batch.inputs().get(value)));
      }
      return;
    }
    List<String> probes = List.of(value);
    try (Workspace.Opened opened = context.workspace().open(index, probes)) {
      Capture.stream(
          opened.session(),
          data,
          CalibrationRows.batchSize(data),
          probes,
          context.workers(),
          (batch, outputs) ->
              consumer.accept(batch.index(), rows(batch, layer, outputs.get(value))));
    }
  }

  private static Rows rows(Batch batch, DenseLayer layer, Tensor tensor) {
    int axis = layer.from().axis();
    return new Rows(tensor, axis, batch.mask().rows(layer.input(), tensor.shape(), axis));
  }

  private static double[] columns(float[] values, int width, int[] which) {
    int rows = values.length / width;
    double[] some = new double[Math.multiplyExact(rows, which.length)];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < which.length; i++) {
        some[row * which.length + i] = values[row * width + which[i]];
      }
    }
    return some;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
