package dev.partita.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphEdit;
import dev.partita.partition.PartitionPlan;

/**
 * A region as the graph will hold it.
 *
 * @param region what is replaced
 * @param plan which branch owns which feature
 * @param edit the change of the graph
 * @param emitted the nodes it brings
 * @param branchValues for each value of the region the names it has in the branches
 * @param joined for each exit the value that holds it in the end
 * @param blocks those whose weights were recomputed
 * @param factors of bridges
 * @param parametersAfter weights and biases of the region's layers after the change, those of
 *     bridges included
 */
public record RegionRewrite(
    Region region,
    PartitionPlan plan,
    GraphEdit edit,
    ImmutableList<EmittedNode> emitted,
    ImmutableListMultimap<String, String> branchValues,
    ImmutableMap<String, Joined> joined,
    ImmutableList<EmittedBlock> blocks,
    ImmutableList<EmittedFactor> factors,
    long parametersAfter) {

  /**
   * What the branches are joined to.
   *
   * @param name of the value
   * @param order the features in the order in which it holds them
   */
  public record Joined(String name, ImmutableIntArray order) {}
}
