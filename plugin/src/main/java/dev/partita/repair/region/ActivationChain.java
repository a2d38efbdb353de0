package dev.partita.repair.region;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.partita.context.Fronts;
import dev.partita.context.RunContext;
import dev.partita.context.Workspace;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.Subgraph;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the original makes in a region, and what reaches the region in the model as rewritten so
 * far, for one region after the other. Values where regions begin and end are kept, so that each
 * region is reached from those before it, and only the region itself is run again for its layers:
 * the work grows with the number of regions, not with its square.
 */
final class ActivationChain implements AutoCloseable {

  private final Workspace workspace;
  private final DataSet data;
  private final StoredValues original;
  private final StoredValues rewritten;

  /** The model with those regions rewritten that this chain has not passed, and its weights. */
  private final Scratch weights;

  private final GraphIndex base;

  /** What layers of regions make that the chain has passed. */
  private final Set<String> passed = new HashSet<>();

  /** What is computed, and need not be again. */
  private final Set<String> doneInOriginal = new HashSet<>();

  private final Set<String> doneInRewritten = new HashSet<>();

  private Rewriting rewriting;
  private @Nullable Entered entered;

  /**
   * A chain in front of the first region.
   *
   * @param front what is known of the model in front of all regions
   * @param rewriting in which no region is active that the chain is going to enter
   */
  ActivationChain(RunContext context, Rewriting rewriting, DataSet data, Fronts.Front front) {
    this.workspace = context.workspace();
    this.rewriting = rewriting;
    this.data = data;
    this.original = new StoredValues(workspace.scratch(), front);
    this.rewritten = new StoredValues(workspace.scratch(), front);
    this.weights = workspace.scratch();
    this.base = new GraphIndex(rewriting.result(weights).model());
  }

  /**
   * A region and what is known of it.
   *
   * @param inside what the original makes of its layers
   */
  private record Entered(Region region, StoredValues inside) {}

  Rewriting rewriting() {
    return rewriting;
  }

  /** Takes the weights that a region keeps. */
  void keep(Region region, RegionWeights weights) {
    rewriting = rewriting.with(region, weights);
  }

  /** Goes on to a region, if it is another; the weights of the one before it are known by now. */
  void enter(Region region) throws InterruptedException {
    if (entered != null && entered.region().equals(region)) {
      return;
    }
    if (entered != null) {
      leave(entered.region());
      entered.inside().close();
    }
    entered = new Entered(region, new StoredValues(workspace.scratch(), Fronts.Front.NONE));
    captureOriginal(region, entered.inside());
    captureEntries(region);
  }

  /** What the original makes of values of the region in a batch. */
  ImmutableMap<String, Tensor> original(Batch batch, Set<String> values) {
    if (entered == null) {
      throw new IllegalStateException("no region was entered");
    }
    return ImmutableMap.<String, Tensor>builder()
        .putAll(original.of(batch, values))
        .putAll(entered.inside().of(batch, values))
        .buildOrThrow();
  }

  /** Those of some values that reach the region in a batch, next to graph inputs. */
  ImmutableMap<String, Tensor> entries(Batch batch, Set<String> values) {
    return rewritten.of(batch, values);
  }

  /** Those values and their types, as ONNX numbers them. */
  Map<String, Integer> entryTypes() {
    Map<String, Integer> types = rewritten.types();
    types.keySet().retainAll(entered == null ? Set.of() : Set.copyOf(entered.region().entries()));
    return types;
  }

  private void captureOriginal(Region region, StoredValues inside) throws InterruptedException {
    GraphIndex index = rewriting.index();
    Set<String> wanted = new LinkedHashSet<>(region.exits());
    Set<String> made = new LinkedHashSet<>();
    region.layers().forEach(layer -> made.add(layer.layer().output()));
    made.removeAll(wanted);
    wanted.addAll(made);
    wanted.removeIf(original::has);
    if (wanted.isEmpty()) {
      return;
    }
    List<String> values = Subgraph.withLive(index, original.types(), wanted);
    OnnxModel part = Subgraph.between(index, original.types(), values);
    doneInOriginal.addAll(Subgraph.computed(part));
    stream(
        index.model(),
        part,
        values,
        original,
        (batch, results) -> {
          inside.add(batch, Maps.filterKeys(results, made::contains));
          original.add(batch, Maps.filterKeys(results, value -> !made.contains(value)));
        });
  }

  private void captureEntries(Region region) throws InterruptedException {
    Set<String> wanted = new LinkedHashSet<>(region.entries());
    wanted.removeIf(
        entry -> base.isInput(entry) || base.producer(entry).isEmpty() || rewritten.has(entry));
    if (wanted.isEmpty()) {
      return;
    }
    List<String> values = Subgraph.withLive(base, rewritten.types(), wanted);
    OnnxModel part = Subgraph.between(base, rewritten.types(), values);
    if (goesThrough(part)) {
      captureFromInputs(List.copyOf(wanted));
    } else {
      doneInRewritten.addAll(Subgraph.computed(part));
      stream(base.model(), part, values, rewritten, rewritten::add);
    }
  }

  /** Whether a part computes again, with the original's weights, what the chain has passed. */
  private boolean goesThrough(OnnxModel part) {
    return Subgraph.computed(part).stream().anyMatch(passed::contains);
  }

  private void captureFromInputs(List<String> wanted) throws InterruptedException {
    try (Scratch all = workspace.scratch()) {
      GraphIndex whole = new GraphIndex(rewriting.result(all).model());
      OnnxModel part = Subgraph.computing(whole, wanted);
      stream(whole.model(), part, wanted, rewritten, rewritten::add);
    }
  }

  /** Keeps what a region hands on as it is rewritten now. */
  private void leave(Region region) throws InterruptedException {
    region.layers().forEach(layer -> passed.add(layer.layer().output()));
    try (Scratch own = workspace.scratch()) {
      GraphIndex only =
          new GraphIndex(rewriting.only(region, rewriting.weights(region), own).model());
      Map<String, Integer> given = rewritten.types();
      given.keySet().retainAll(Set.copyOf(region.entries()));
      List<String> results =
          Rewriting.results(region, only).stream().filter(r -> !rewritten.has(r)).toList();
      OnnxModel part = Subgraph.between(only, given, results);
      stream(only.model(), part, results, rewritten, rewritten::add);
    }
    // What the region makes is given from here on, and not computed again.
    rewritten.types().keySet().forEach(passed::remove);
    Map<String, Integer> entries = new HashMap<>();
    region.entries().forEach(entry -> entries.put(entry, 1));
    doneInRewritten.addAll(
        Subgraph.computed(
            Subgraph.between(rewriting.index(), entries, List.copyOf(region.exits()))));
    release(original, rewriting.index(), doneInOriginal);
    release(rewritten, base, doneInRewritten);
  }

  /** Forgets what every node that reads it has read. */
  private static void release(StoredValues stored, GraphIndex index, Set<String> done) {
    stored.release(
        stored.types().keySet().stream()
            .filter(
                value ->
                    index.consumers(value).stream()
                        .allMatch(node -> done.containsAll(index.makes(node))))
            .toList());
  }

  private interface Consumer {
    void accept(int batch, Map<String, Tensor> values);
  }

  private void stream(
      OnnxModel before, OnnxModel part, List<String> values, StoredValues given, Consumer consumer)
      throws InterruptedException {
    if (values.isEmpty()) {
      return;
    }
    Set<String> read = Subgraph.inputs(part);
    try (Workspace.Opened opened = workspace.open(before, part)) {
      Capture.streamAll(
          List.of(new Probe(opened.session(), values, batch -> given.of(batch, read))),
          data,
          CalibrationRows.batchSize(data),
          workspace.workers(),
          (batch, results) -> consumer.accept(batch.index(), results.get(0)));
    }
  }

  @Override
  public void close() {
    Stream.of(original, rewritten).forEach(StoredValues::close);
    weights.close();
    if (entered != null) {
      entered.inside().close();
    }
  }
}
