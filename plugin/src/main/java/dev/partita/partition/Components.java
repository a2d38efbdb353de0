package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.FeatureSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The connected components of a region: nodes are the granules of its assigned spaces, edges the
 * weights of its cut layers that are not zero. Weights are read row by row and never kept.
 */
final class Components {

  private final ImmutableList<FeatureSpace> spaces;
  private final int[] firstNode;
  private final int[] parent;
  private final ImmutableList<Component> all;
  private final int[] componentOf;

  /**
   * Features that cannot be separated without dropping a weight that is not zero.
   *
   * @param id its number, in the order of the first granules
   * @param sizes how many features of each space it has
   * @param granules how many granules it has; one that no weight joins to another is alone
   */
  record Component(int id, ImmutableList<Integer> sizes, int granules) {

    /** Whether it has features of a space. */
    boolean touches(int space) {
      return sizes.get(space) > 0;
    }
  }

  Components(PlanProblem problem) {
    this.spaces = problem.spaces();
    this.firstNode = new int[spaces.size() + 1];
    for (FeatureSpace space : spaces) {
      int granules = problem.isAssigned(space.id()) ? space.granules() : 0;
      firstNode[space.id() + 1] = Math.addExact(firstNode[space.id()], granules);
    }
    this.parent = new int[firstNode[spaces.size()]];
    Arrays.setAll(parent, node -> node);
    problem.layers().forEach(this::join);
    this.componentOf = new int[parent.length];
    this.all = collect();
  }

  /** Every component; those of a single granule are free to go anywhere. */
  ImmutableList<Component> all() {
    return all;
  }

  /** The owner of each feature of each space, given that of each component. */
  List<int[]> owners(int[] ownerOfComponent) {
    List<int[]> owners = new ArrayList<>();
    for (FeatureSpace space : spaces) {
      boolean assigned = firstNode[space.id()] < firstNode[space.id() + 1];
      int[] ofSpace = new int[assigned ? space.size() : 0];
      for (int feature = 0; feature < ofSpace.length; feature++) {
        ofSpace[feature] = ownerOfComponent[componentOf[node(space.id(), feature)]];
      }
      owners.add(ofSpace);
    }
    return owners;
  }

  private void join(PlanProblem.Layer layer) {
    WeightMatrix weight = layer.importance().weight();
    int rowSpace = weight.ofRows(layer.inSpace(), layer.outSpace());
    int columnSpace = weight.ofColumns(layer.inSpace(), layer.outSpace());
    float[] row = new float[weight.storedColumns()];
    for (int r = 0; r < weight.storedRows(); r++) {
      weight.readStored(r, 1, row);
      int root = find(node(rowSpace, r));
      for (int c = 0; c < row.length; c++) {
        if (row[c] != 0) {
          root = union(root, find(node(columnSpace, c)));
        }
      }
    }
  }

  private int node(int space, int feature) {
    return firstNode[space] + feature / spaces.get(space).granule();
  }

  private int find(int of) {
    int node = of;
    while (parent[node] != node) {
      parent[node] = parent[parent[node]];
      node = parent[node];
    }
    return node;
  }

  /** Joins two roots; the first node is always the root, so that the order of edges is nothing. */
  private int union(int a, int b) {
    int root = Math.min(a, b);
    parent[Math.max(a, b)] = root;
    return root;
  }

  private ImmutableList<Component> collect() {
    int count = 0;
    for (int node = 0; node < parent.length; node++) {
      // The root is the first node of its component, so it already has its number.
      int root = find(node);
      componentOf[node] = root == node ? count++ : componentOf[root];
    }
    Integer[][] sizes = new Integer[count][spaces.size()];
    int[] granules = new int[count];
    for (Integer[] ofComponent : sizes) {
      Arrays.fill(ofComponent, 0);
    }
    for (FeatureSpace space : spaces) {
      for (int node = firstNode[space.id()]; node < firstNode[space.id() + 1]; node++) {
        sizes[componentOf[node]][space.id()] += space.featuresOf(node - firstNode[space.id()]);
        granules[componentOf[node]]++;
      }
    }
    ImmutableList.Builder<Component> components = ImmutableList.builder();
    for (int id = 0; id < count; id++) {
      components.add(new Component(id, ImmutableList.copyOf(sizes[id]), granules[id]));
    }
    return components.build();
  }
}
