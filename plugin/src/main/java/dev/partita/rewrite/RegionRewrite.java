package dev.partita.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import dev.partita.dense.Region;
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
 * @param blocks those whose weights were recomputed
 * @param parametersAfter weights and biases of the region's layers after the change
 */
public record RegionRewrite(
    Region region,
    PartitionPlan plan,
    GraphEdit edit,
    ImmutableList<EmittedNode> emitted,
    ImmutableListMultimap<String, String> branchValues,
    ImmutableList<EmittedBlock> blocks,
    long parametersAfter) {}
