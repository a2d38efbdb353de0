package dev.partita.repair.region;

import com.google.common.collect.ImmutableMap;
import dev.partita.context.Workspace;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphIndex;
import dev.partita.model.Scratch;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the original makes in a region, and what reaches the region in the model as rewritten so
 * far, kept outside the heap: so that only the region itself has to be run again for each of its
 * layers.
 */
final class RegionActivations implements AutoCloseable {

  private final Region region;
  private final Scratch scratch;
  private final List<ImmutableMap<String, Tensor>> original = new ArrayList<>();
  private final List<ImmutableMap<String, Tensor>> entries = new ArrayList<>();

  private RegionActivations(Region region, Scratch scratch) {
    this.region = region;
    this.scratch = scratch;
  }

  /**
   * Runs all of the data once.
   *
   * @param rewriting in which the region itself is not active
   */
  static RegionActivations capture(
      Workspace workspace, Rewriting rewriting, Region region, DataSet data, int threads)
      throws InterruptedException {
    RegionActivations made = new RegionActivations(region, workspace.scratch());
    try (Scratch weights = workspace.scratch()) {
      GraphIndex before = rewriting.index();
      GraphIndex after = new GraphIndex(rewriting.result(weights).model());
      Set<String> targets = new LinkedHashSet<>(region.exits());
      region.layers().forEach(layer -> targets.add(layer.layer().output()));
      List<String> wanted = List.copyOf(targets);
      List<String> reach =
          region.entries().stream()
              .filter(entry -> !after.isInput(entry) && after.producer(entry).isPresent())
              .toList();
      try (Workspace.Opened first = workspace.open(before, wanted);
          Workspace.Opened second = reach.isEmpty() ? null : workspace.open(after, reach)) {
        List<Probe> probes = new ArrayList<>();
        probes.add(new Probe(first.session(), wanted));
        if (second != null) {
          probes.add(new Probe(second.session(), reach));
        }
        Capture.streamAll(
            probes,
            data,
            CalibrationRows.batchSize(data),
            threads,
            (batch, results) -> {
              made.original.add(made.kept(results.get(0)));
              made.entries.add(results.size() > 1 ? made.kept(results.get(1)) : ImmutableMap.of());
            });
      }
      return made;
    } catch (RuntimeException | InterruptedException e) {
      made.close();
      throw e;
    }
  }

  private ImmutableMap<String, Tensor> kept(Map<String, Tensor> values) {
    ImmutableMap.Builder<String, Tensor> kept = ImmutableMap.builder();
    values.forEach((name, tensor) -> kept.put(name, kept(tensor)));
    return kept.buildOrThrow();
  }

  private Tensor kept(Tensor tensor) {
    ByteBuffer from = tensor.data();
    ByteBuffer to = scratch.allocate(from.remaining());
    if (!to.isDirect()) {
      return Tensor.copyOf(tensor);
    }
    to.duplicate().put(from);
    return new Tensor(tensor.type(), tensor.shape(), to);
  }

  boolean isOf(Region other) {
    return region.equals(other);
  }

  /** What the original makes of a batch. */
  ImmutableMap<String, Tensor> original(Batch batch) {
    return original.get(batch.index());
  }

  /** What reaches the region in a batch, beside graph inputs. */
  ImmutableMap<String, Tensor> entries(Batch batch) {
    return entries.get(batch.index());
  }

  /** Those values and their types, as ONNX numbers them. */
  Map<String, Integer> entryTypes() {
    Map<String, Integer> types = new TreeMap<>();
    if (!entries.isEmpty()) {
      entries.get(0).forEach((name, tensor) -> types.put(name, tensor.type().onnxNumber()));
    }
    return types;
  }

  @Override
  public void close() {
    scratch.close();
  }
}
