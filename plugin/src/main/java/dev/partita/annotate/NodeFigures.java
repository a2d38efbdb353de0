package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.accelerator.CostModel;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Estimate;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerRows;
import dev.partita.rewrite.EmittedNode;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The figures of a node, as text. */
final class NodeFigures {

  private NodeFigures() {}

  /**
   * What an emitted node says of itself.
   *
   * @param target with the bandwidth for what the node's accelerator reads in a run
   * @param layers rows of the activations of layers
   */
  static ImmutableMap<String, String> of(
      EmittedNode node, String region, Target target, DramSharing sharing, LayerRows layers) {
    int accelerator = Math.max(0, node.branch());
    ImmutableMap.Builder<String, String> figures = ImmutableMap.builder();
    figures.put(MetadataKeys.REGION, region);
    if (node.branch() >= 0) {
      figures.put(MetadataKeys.BRANCH, Integer.toString(node.branch()));
    }
    figures.put(MetadataKeys.ACCELERATOR, Integer.toString(accelerator));
    figures.put(MetadataKeys.ORIGIN, node.origin());
    long rows = node.layer() == null ? 0 : layers.of(node.layer());
    if (rows > 0) {
      // A whole layer has the memory to itself while the others wait.
      DramSharing at = node.branch() >= 0 ? sharing : DramSharing.PRIVATE;
      figures.putAll(cost(CostModel.node(target, accelerator, rows, node.in(), node.out(), at)));
    }
    figures.put(MetadataKeys.LAYER_ANNOTATION, LayerAnnotation.of(accelerator));
    return figures.buildOrThrow();
  }

  private static ImmutableMap<String, String> cost(Estimate estimate) {
    ImmutableMap.Builder<String, String> figures = ImmutableMap.builder();
    figures.put(MetadataKeys.MACS, Long.toString(estimate.macs()));
    figures.put(MetadataKeys.DRAM_BYTES, Long.toString(estimate.dramBytes()));
    figures.put(MetadataKeys.CYCLES, Long.toString(estimate.cycles()));
    figures.put(MetadataKeys.LATENCY_US, decimal(estimate.latencyMicros()));
    Double energy = estimate.energyMicrojoules();
    if (energy != null) {
      figures.put(MetadataKeys.ENERGY_UJ, decimal(energy));
    }
    figures.put(MetadataKeys.BOUND_BY, estimate.boundBy());
    return figures.buildOrThrow();
  }

  /** Six significant digits, never in a locale's own notation. */
  static String decimal(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  /** The same in the order of the keys, so that the bytes of the file do not depend on a map. */
  static ImmutableSortedMap<String, String> sorted(Map<String, String> figures) {
    return ImmutableSortedMap.copyOf(new TreeMap<>(figures));
  }
}
