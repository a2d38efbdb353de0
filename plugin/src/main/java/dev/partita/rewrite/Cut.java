package dev.partita.rewrite;

import dev.partita.dense.region.Region;
import dev.partita.partition.PartitionPlan;

/**
 * How a region is cut.
 *
 * @param region as it is cut: softened, its entry may be shared where what was found assigns it;
 *     the id stays
 * @param plan its branches, and who owns what
 * @param bridgeRank R; 0 for no bridges
 */
public record Cut(Region region, PartitionPlan plan, int bridgeRank) {}
