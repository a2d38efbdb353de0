package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.model.GraphPath;

/**
 * A connected, convex set of dense layers and feature-wise nodes that is cut as one.
 *
 * @param id unique in the model, in the order of its graphs
 * @param graph the graph that contains it
 * @param nodes indices of the nodes that every branch gets a copy of, in graph order
 * @param layers its dense layers in graph order, those that stay whole behind the Concat included
 * @param spaces its feature spaces; a space's id is its index
 * @param spaceOf the space of every value that the region reads or makes, entries included
 * @param axisOf the axis, from the end, at which each of these values has its features; not of what
 *     whole layers make
 * @param entries values that come from outside
 * @param exits values made by branches that something outside the branches reads, whole layers of
 *     the region included
 * @param outside the nodes that read exits and do not belong to the region, in graph order
 */
public record Region(
    String id,
    GraphPath graph,
    ImmutableList<Integer> nodes,
    ImmutableList<RegionLayer> layers,
    ImmutableList<FeatureSpace> spaces,
    ImmutableMap<String, Integer> spaceOf,
    ImmutableMap<String, Integer> axisOf,
    ImmutableSet<String> entries,
    ImmutableSet<String> exits,
    ImmutableList<LeftOutside> outside) {

  /** The same under another id. */
  public Region withId(String other) {
    return new Region(
        other, graph, nodes, layers, spaces, spaceOf, axisOf, entries, exits, outside);
  }

  /** The same with other states of its spaces. */
  public Region withSpaces(ImmutableList<FeatureSpace> others) {
    return new Region(id, graph, nodes, layers, others, spaceOf, axisOf, entries, exits, outside);
  }

  /** The space of a value of the region. */
  public FeatureSpace space(String value) {
    Integer id = spaceOf.get(value);
    if (id == null) {
      throw new IllegalArgumentException(value + " is not a value of region " + this.id);
    }
    return spaces.get(id);
  }

  /** The axis, from the end, at which a value of the region has its features. */
  public int axis(String value) {
    Integer axis = axisOf.get(value);
    if (axis == null) {
      throw new IllegalArgumentException(value + " is not a value of region " + this.id);
    }
    return axis;
  }

  /** The layers that are cut. */
  public ImmutableList<RegionLayer> cutLayers() {
    return layers.stream().filter(layer -> !layer.whole()).collect(ImmutableList.toImmutableList());
  }

  /** The layers that stay whole, behind the Concat. */
  public ImmutableList<RegionLayer> wholeLayers() {
    return layers.stream().filter(RegionLayer::whole).collect(ImmutableList.toImmutableList());
  }
}
