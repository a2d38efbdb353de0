package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Data for a model that is open: read by what its file says, in batches that it can run. */
public final class ModelData implements AutoCloseable {

  private final InferenceSession session;
  private final ImmutableList<TensorDescription> inputs;
  private final ImmutableSet<String> defaults;
  private final boolean mayFixBatch;

  private ModelData(InferenceSession session, GraphIndex index) {
    this.session = session;
    this.inputs = InputFacts.of(session);
    GraphProto graph = index.model().proto().getGraph();
    this.defaults =
        Sets.intersection(
                ImmutableSet.copyOf(
                    graph.getInputList().stream().map(ValueInfoProto::getName).toList()),
                ImmutableSet.copyOf(
                    graph.getInitializerList().stream().map(TensorProto::getName).toList()))
            .immutableCopy();
    boolean may = false;
    for (int node = 0; node < index.size(); node++) {
      may |= fixesFirst(index, index.node(node));
    }
    this.mayFixBatch = may;
  }

  /** Opens a model that was not read yet. */
  public static ModelData of(Path model) {
    return of(model, () -> ModelFile.read(model));
  }

  /** Opens a model. */
  public static ModelData of(OnnxModel model) {
    return of(model.source(), () -> model);
  }

  private static ModelData of(Path path, Supplier<OnnxModel> model) {
    InferenceSession session = InferenceSession.open(path);
    try {
      return new ModelData(session, new GraphIndex(model.get()));
    } catch (RuntimeException failure) {
      session.close();
      throw failure;
    }
  }

  /** Whether a Reshape says how large the first axis is. */
  private static boolean fixesFirst(GraphIndex index, NodeProto node) {
    TensorProto shape =
        node.getOpType().equals("Reshape") && node.getInputCount() > 1
            ? index.constant(node.getInput(1))
            : null;
    List<Long> sizes = shape == null ? null : Tensors.longs(index.model(), shape);
    return sizes != null && !sizes.isEmpty() && sizes.get(0) > 0;
  }

  public InferenceSession session() {
    return session;
  }

  /**
   * Reads samples.
   *
   * @param specification as {@link DataSet#read} takes it; null for none
   * @param options but for the initializers, which the model knows
   * @throws DataException where the data does not fit the inputs
   */
  public @Nullable DataSet read(@Nullable String specification, ReadingOptions options) {
    if (specification == null) {
      return null;
    }
    DataSet data =
        DataSet.read(
            specification,
            inputs,
            new ReadingOptions(
                options.seed(),
                options.dimensions(),
                options.paddingMask(),
                options.sampleAxes(),
                options.batch(),
                defaults));
    boolean alone =
        mayFixBatch && !data.hasFixedBatches() && data.samples() > 1 && runsOneAtATime(data);
    return alone
        ? data.inBatchesOf(
            1,
            "%s runs one sample at a time, because a Reshape in it fixes the batch."
                .formatted(session.model()))
        : data;
  }

  /** Whether two samples at once fail or come out as one, and a single one does not. */
  private boolean runsOneAtATime(DataSet data) {
    List<String> names = session.outputs().stream().map(TensorDescription::name).toList();
    Batch two = data.batches(2).get(0);
    Collection<Tensor> together = run(two, names);
    Collection<Tensor> single = run(data.batches(1).get(0), names);
    return single != null
        && (together == null
            || (together.stream().noneMatch(tensor -> leads(tensor, 2))
                && single.stream().allMatch(tensor -> leads(tensor, 1))));
  }

  private static boolean leads(Tensor tensor, int samples) {
    return tensor.rank() > 0 && tensor.shape().get(0) == samples;
  }

  private @Nullable Collection<Tensor> run(Batch batch, List<String> names) {
    try {
      ImmutableMap<String, Tensor> made = session.run(batch.inputs(), names);
      return made.values();
    } catch (RuntimeFailure failure) {
      // The caller compares what runs with what does not.
      return null;
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
