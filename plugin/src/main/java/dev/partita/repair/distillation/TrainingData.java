package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.context.Workspace;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.gradient.TrainingGraph;
import dev.partita.model.GraphIndex;
import dev.partita.model.Scratch;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.runtime.ActivationStore;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a training graph reads, of every calibration sample: values that no parameter changes, and
 * what the original makes of them.
 *
 * @param train what is learned from
 * @param heldOut what decides which parameters are kept
 */
public record TrainingData(ActivationStore train, ActivationStore heldOut) {

  /**
   * Runs the calibration data through both models, then blends of them.
   *
   * @param rewritten in which the frontier is computed
   * @param rounds how often as many blends of samples are added, where samples can be blended
   */
  public static TrainingData capture(
      Workspace workspace,
      GraphIndex original,
      GraphIndex rewritten,
      TrainingGraph graph,
      DataSet data,
      boolean whole,
      int rounds,
      long seed,
      Scratch scratch)
      throws InterruptedException {
    TrainingData made =
        new TrainingData(new ActivationStore(scratch, whole), new ActivationStore(scratch, whole));
    List<String> targets = List.copyOf(graph.targets().keySet());
    List<String> frontier = List.copyOf(graph.frontier());
    try (Workspace.Opened before = workspace.open(original, targets);
        Workspace.Opened after = frontier.isEmpty() ? null : workspace.open(rewritten, frontier)) {
      List<Probe> probes = new ArrayList<>();
      probes.add(new Probe(before.session(), targets));
      if (after != null) {
        probes.add(new Probe(after.session(), frontier));
      }
      Capture.streamAll(
          probes,
          data,
          CalibrationRows.batchSize(data),
          workspace.workers(),
          (batch, results) -> made.add(graph, batch, results));
      for (int round = 1; round <= rounds; round++) {
        DataSet mixed = data.mixed(seed + round).orElse(null);
        if (mixed == null) {
          break;
        }
        Capture.streamAll(
            probes,
            // What decides is not made up.
            mixed.batches(CalibrationRows.batchSize(data)).stream()
                .filter(batch -> !CalibrationRows.isHeldOut(batch.index()))
                .toList(),
            workspace.workers(),
            (batch, results) -> made.add(graph, batch, results));
      }
    }
    return made;
  }

  private void add(TrainingGraph graph, Batch batch, List<ImmutableMap<String, Tensor>> results) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    results.get(0).forEach((name, tensor) -> values.put(graph.targets().get(name), tensor));
    graph
        .masks()
        .forEach((name, input) -> values.put(input, mask(batch, name, results.get(0).get(name))));
    if (results.size() > 1) {
      values.putAll(results.get(1));
    }
    if (!graph.fed().isEmpty()) {
      batch
          .inputs()
          .forEach(
              (name, tensor) -> {
                if (graph.fed().contains(name)) {
                  values.put(name, tensor);
                }
              });
    }
    boolean held = CalibrationRows.isHeldOut(batch.index());
    (held ? heldOut : train).add(values, batch.samples());
  }

  /** 1 for each row of a value that counts, 0 for the others. */
  private static Tensor mask(Batch batch, String name, Tensor value) {
    long[] dims = value.shape().toArray();
    int features = Math.toIntExact(Math.max(1, dims[dims.length - 1]));
    dims[dims.length - 1] = 1;
    float[] counts = new float[value.elements() / features];
    ImmutableIntArray kept = batch.mask().rows(name, value.shape(), FeatureAxis.LAST);
    if (kept == null) {
      Arrays.fill(counts, 1);
    } else {
      kept.forEach(row -> counts[row] = 1);
    }
    return Tensor.of(counts, dims);
  }
}
