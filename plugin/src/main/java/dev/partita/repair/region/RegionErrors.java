package dev.partita.repair.region;

import dev.partita.context.Fronts.Front;
import dev.partita.context.RunContext;
import dev.partita.context.Workspace;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.Subgraph;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.RowMask;
import dev.partita.runtime.Tensor;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Relative error of what regions hand on, on the calibration batches that repair did not fit to: L2
 * norm of the difference to the original over L2 norm of the original.
 */
public final class RegionErrors {

  private RegionErrors() {}

  /**
   * By region id; regions in bodies, and those none of whose results are in both models, are left
   * out.
   */
  static Map<String, Double> measure(
      RunContext context, Rewriting rewriting, DataSet data, Front front)
      throws InterruptedException {
    try (Scratch scratch = context.workspace().scratch()) {
      GraphIndex after = new GraphIndex(rewriting.result(scratch).model());
      return measure(context, rewriting, after, data, front);
    }
  }

  private static Map<String, Double> measure(
      RunContext context, Rewriting rewriting, GraphIndex after, DataSet data, Front front)
      throws InterruptedException {
    GraphIndex before = rewriting.index();
    Map<String, List<String>> results =
        rewriting.active().stream()
            .filter(region -> region.graph().isMain())
            .collect(Collectors.toMap(Region::id, region -> Rewriting.results(region, after)));
    Set<String> values = new LinkedHashSet<>();
    results.values().forEach(values::addAll);
    if (values.isEmpty()) {
      return Map.of();
    }
    List<String> probes = values.stream().sorted().toList();
    Map<String, double[]> sums = new HashMap<>();
    probes.forEach(value -> sums.put(value, new double[2]));
    OnnxModel of = Subgraph.between(before, front.types(), probes);
    OnnxModel by = Subgraph.between(after, front.types(), probes);
    try (Workspace.Opened original = context.workspace().open(before.model(), of);
        Workspace.Opened rewritten = context.workspace().open(after.model(), by)) {
      Capture.streamAll(
          List.of(probe(original, of, probes, front), probe(rewritten, by, probes, front)),
          data.batches(CalibrationRows.batchSize(data)).stream()
              .filter(batch -> CalibrationRows.isHeldOut(batch.index()))
              .toList(),
          context.workers(),
          (batch, outputs) -> {
            RowMask mask = batch.mask();
            sums.forEach(
                (value, sum) -> {
                  Tensor wanted = outputs.get(0).get(value);
                  BitSet kept = mask.elements(value, wanted.shape(), false);
                  add(wanted, outputs.get(1).get(value), kept, sum);
                });
          });
    }
    Map<String, Double> errors = new HashMap<>();
    results.forEach(
        (id, made) -> {
          double difference = 0;
          double norm = 0;
          for (String value : made) {
            difference += sums.getOrDefault(value, new double[2])[0];
            norm += sums.getOrDefault(value, new double[2])[1];
          }
          if (norm > 0) {
            errors.put(id, Math.sqrt(difference / norm));
          }
        });
    return errors;
  }

  private static Probe probe(
      Workspace.Opened opened, OnnxModel model, List<String> values, Front front) {
    Set<String> read = Subgraph.inputs(model);
    return new Probe(opened.session(), values, batch -> front.of(batch, read));
  }

  private static void add(Tensor original, Tensor rewritten, @Nullable BitSet kept, double[] sum) {
    for (int i = 0; i < original.elements(); i++) {
      if (kept != null && !kept.get(i)) {
        continue;
      }
      double wanted = original.floatAt(i);
      double difference = wanted - rewritten.floatAt(i);
      sum[0] += difference * difference;
      sum[1] += wanted * wanted;
    }
  }
}
