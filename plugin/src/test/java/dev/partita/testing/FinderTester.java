package dev.partita.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.LeftOutside;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.Skipped;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Says what is found in a graph:
 *
 * <pre>{@code
 * FinderTester.in(graph).finds("MatMul_0 Relu_1 MatMul_2 | Gemm_3");
 * FinderTester.in(graph).includingAll().leavesAlone("MatMul_0", SkipReason.DYNAMIC_WEIGHT);
 * }</pre>
 *
 * A region is written as the names of its nodes, then a bar and the layers that stay whole. Two
 * accelerators and a smallest block of 2 unless told. Whatever is asked, it checks that every
 * product stands in one region or is skipped once, that regions are convex and disjoint, and that
 * every node where one ends has a reason.
 */
public final class FinderTester {

  private final GraphIndex index;
  private final FinderOptions options;

  private FinderTester(GraphIndex index, FinderOptions options) {
    this.index = index;
    this.options = options;
  }

  /** Looks into a graph. */
  public static FinderTester in(GraphBuilder graph) {
    return in(graph.build());
  }

  /** Looks into a model. */
  public static FinderTester in(ModelProto model) {
    return new FinderTester(
        new GraphIndex(new OnnxModel(model, Path.of("tested.onnx"), 0)),
        new FinderOptions(2, 2, ImmutableList.of(), ImmutableList.of()));
  }

  /** Other numbers of accelerators and of features. */
  public FinderTester cuttingFor(int accelerators, int minBlock) {
    return new FinderTester(
        index, new FinderOptions(accelerators, minBlock, options.include(), options.exclude()));
  }

  /** Cuts what makes graph outputs too. */
  public FinderTester includingAll() {
    return including("*");
  }

  /** With include patterns. */
  public FinderTester including(String... globs) {
    return new FinderTester(
        index,
        new FinderOptions(
            options.accelerators(),
            options.minBlock(),
            ImmutableList.copyOf(globs),
            options.exclude()));
  }

  /** With exclude patterns. */
  public FinderTester excluding(String... globs) {
    return new FinderTester(
        index,
        new FinderOptions(
            options.accelerators(),
            options.minBlock(),
            options.include(),
            ImmutableList.copyOf(globs)));
  }

  /** Exactly these regions, in this order. */
  public FinderTester finds(String... regions) {
    assertThat(findings().regions().stream().map(this::text).toList()).containsExactly(regions);
    return this;
  }

  /** A product is skipped, for a reason. */
  public FinderTester leavesAlone(String node, SkipReason reason) {
    assertThat(
            findings().skipped().stream().map(skipped -> skipped.node() + " " + skipped.reason()))
        .contains(node + " " + reason);
    return this;
  }

  /** There is one product, and it is skipped, for a reason. */
  public FinderTester leavesAlone(SkipReason reason) {
    assertThat(findings().regions()).isEmpty();
    assertThat(findings().skipped().stream().map(Skipped::reason)).containsExactly(reason);
    return this;
  }

  /** A node reads what some region makes, and is left outside for a reason. */
  public FinderTester endsAt(String node, LeftOutside.Reason reason) {
    assertThat(findings().regions()).anyMatch(region -> ends(region).contains(node + " " + reason));
    return this;
  }

  /** All nodes that are left outside a region, each with its reason behind it. */
  public FinderTester endsAt(int region, String... nodes) {
    assertThat(ends(region(region))).containsExactly(nodes);
    return this;
  }

  private List<String> ends(Region region) {
    GraphIndex graph = index.at(region.graph());
    return region.outside().stream()
        .map(left -> graph.nodeName(left.node()) + " " + left.reason())
        .toList();
  }

  /** A region, for more questions. */
  public Region region(int number) {
    return findings().regions().get(number);
  }

  private String text(Region region) {
    GraphIndex graph = index.at(region.graph());
    String nodes = region.nodes().stream().map(graph::nodeName).collect(Collectors.joining(" "));
    List<String> whole = region.wholeLayers().stream().map(layer -> layer.layer().name()).toList();
    return whole.isEmpty() ? nodes : nodes + " | " + String.join(" ", whole);
  }

  private Findings findings() {
    Findings findings = RegionFinder.find(index, options);
    List<String> accounted = new ArrayList<>();
    Set<String> used = new HashSet<>();
    assertThat(findings.regions().stream().map(Region::id)).doesNotHaveDuplicates();
    for (Region region : findings.regions()) {
      for (RegionLayer layer : region.layers()) {
        accounted.add(layer.layer().name());
      }
      for (int node : region.nodes()) {
        assertThat(used.add(region.graph() + " " + node)).as("node %s, one region", node).isTrue();
      }
      assertConvex(region);
      assertEndsAreExplained(region);
    }
    findings.skipped().forEach(skipped -> accounted.add(skipped.node()));
    assertThat(accounted).as("every product once").doesNotHaveDuplicates();
    for (GraphIndex graph : index.graphs()) {
      for (int i = 0; i < graph.size(); i++) {
        String operator = graph.node(i).getOpType();
        if (operator.contains("MatMul") || operator.contains("Gemm")) {
          assertThat(accounted).contains(graph.nodeName(i));
        }
      }
    }
    findings.leftLayers().forEach(left -> assertThat(accounted).contains(left.name()));
    return findings;
  }

  /** Every node that reads an exit belongs to the region or has a reason not to. */
  private void assertEndsAreExplained(Region region) {
    GraphIndex graph = index.at(region.graph());
    Set<Integer> readers = new TreeSet<>();
    region.exits().forEach(exit -> readers.addAll(graph.consumers(exit)));
    readers.removeAll(region.nodes());
    region.wholeLayers().forEach(layer -> readers.removeAll(layer.layer().nodes()));
    assertThat(region.outside().stream().map(LeftOutside::node))
        .as("nodes behind region %s", region.id())
        .containsExactlyElementsOf(readers);
    assertThat(region.outside()).allMatch(left -> left.detail().endsWith("."));
  }

  /** No path leaves the region and comes back. */
  private void assertConvex(Region region) {
    GraphIndex index = this.index.at(region.graph());
    Set<Integer> members = new HashSet<>(region.nodes());
    Set<String> behind = new HashSet<>();
    for (int i = 0; i < index.size(); i++) {
      boolean isBehind = index.reads(i).stream().anyMatch(behind::contains);
      boolean member = members.contains(i);
      assertThat(member && isBehind).as("%s comes back", index.nodeName(i)).isFalse();
      boolean readsMember =
          index.reads(i).stream()
              .anyMatch(
                  value ->
                      index.producer(value).isPresent()
                          && members.contains(index.producer(value).getAsInt()));
      if (!member && (isBehind || readsMember)) {
        behind.addAll(index.node(i).getOutputList());
      }
    }
  }
}
