package dev.partita.partition;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A region as a strategy sees it: spaces with the sizes of their blocks, joined by layers with an
 * importance for each weight.
 *
 * @param branches P
 * @param spaces the region's spaces
 * @param layers the layers that are cut and whose input is assigned, in the region's order
 * @param sharedLayers how many layers lose nothing because every branch reads their whole input
 * @param blocks for each space the size of each branch's block, in granules, by the space's id;
 *     empty where blocks are as equal as the number of granules allows
 */
public record PlanProblem(
    int branches,
    ImmutableList<FeatureSpace> spaces,
    ImmutableList<Layer> layers,
    int sharedLayers,
    ImmutableList<ImmutableIntArray> blocks) {

  /** A problem whose blocks fill their spaces. */
  public PlanProblem {
    Preconditions.checkArgument(
        blocks.isEmpty() || blocks.size() == spaces.size(),
        "blocks of %s spaces, there are %s",
        blocks.size(),
        spaces.size());
    for (int space = 0; space < blocks.size(); space++) {
      ImmutableIntArray sizes = blocks.get(space);
      int granules = spaces.get(space).granules();
      Preconditions.checkArgument(
          sizes.length() == branches
              && sizes.stream().allMatch(size -> size >= 0)
              && sizes.stream().sum() == granules,
          "blocks of %s for %s branches and %s granules",
          sizes,
          branches,
          granules);
    }
  }

  /** A problem of blocks as equal as the number of granules allows. */
  public PlanProblem(
      int branches,
      ImmutableList<FeatureSpace> spaces,
      ImmutableList<Layer> layers,
      int sharedLayers) {
    this(branches, spaces, layers, sharedLayers, ImmutableList.of());
  }

  /**
   * A layer that is cut.
   *
   * @param inSpace id of the space it reduces
   * @param outSpace id of the space it makes
   * @param importance of each of its weights
   * @param covariance of its inputs over calibration data; null where it was not measured
   */
  public record Layer(
      int inSpace,
      int outSpace,
      LayerImportance importance,
      @Nullable FeatureCovariance covariance) {}

  /**
   * The problem of a region.
   *
   * @param inputScale for a layer the root mean square of each of its inputs; null where there is
   *     no calibration data, so that every input counts alike
   * @param covariance of a layer's inputs; null where it was not measured
   * @param workers sum up the weights; their number never changes the result
   */
  public static PlanProblem of(
      Region region,
      int branches,
      Function<RegionLayer, float @Nullable []> inputScale,
      Function<RegionLayer, @Nullable FeatureCovariance> covariance,
      Workers workers) {
    List<Layer> layers = new ArrayList<>();
    int shared = 0;
    for (RegionLayer layer : region.cutLayers()) {
      if (region.spaces().get(layer.inSpace()).state() == FeatureSpace.State.ASSIGNED) {
        LayerImportance importance =
            new LayerImportance(layer.layer().weight(), inputScale.apply(layer), workers);
        layers.add(
            new Layer(layer.inSpace(), layer.outSpace(), importance, covariance.apply(layer)));
      } else {
        shared++;
      }
    }
    return new PlanProblem(branches, region.spaces(), ImmutableList.copyOf(layers), shared);
  }

  /**
   * The same with blocks of given sizes, in granules.
   *
   * @throws IllegalArgumentException if they do not fill their spaces
   */
  public PlanProblem withBlocks(List<ImmutableIntArray> sizes) {
    return new PlanProblem(branches, spaces, layers, sharedLayers, ImmutableList.copyOf(sizes));
  }

  /** The same with some of the layers, and without the spaces that none of them joins. */
  PlanProblem only(List<Layer> some) {
    ImmutableList.Builder<FeatureSpace> kept = ImmutableList.builder();
    for (FeatureSpace space : spaces) {
      boolean joined =
          some.stream().anyMatch(l -> l.inSpace() == space.id() || l.outSpace() == space.id());
      kept.add(
          joined
              ? space
              : new FeatureSpace(
                  space.id(), space.size(), FeatureSpace.State.WHOLE, space.granule()));
    }
    return new PlanProblem(
        branches, kept.build(), ImmutableList.copyOf(some), sharedLayers, blocks);
  }

  /** Whether a space is assigned. */
  boolean isAssigned(int space) {
    return spaces.get(space).state() == FeatureSpace.State.ASSIGNED;
  }

  /** How many consecutive features of a space stay together. */
  int granule(int space) {
    return spaces.get(space).granule();
  }

  /**
   * The sizes of a space's blocks in granules: those that are given, else as equal as their number
   * allows, the larger ones first.
   */
  int[] capacities(int space) {
    if (!blocks.isEmpty()) {
      return blocks.get(space).toArray();
    }
    int granules = spaces.get(space).granules();
    int[] capacities = new int[branches];
    for (int branch = 0; branch < branches; branch++) {
      capacities[branch] = granules / branches + (branch < granules % branches ? 1 : 0);
    }
    return capacities;
  }

  /** The owner of each feature of a space, given that of each granule. */
  int[] ofFeatures(int space, int[] granuleOwners) {
    int granule = granule(space);
    int[] owners = new int[spaces.get(space).size()];
    for (int feature = 0; feature < owners.length; feature++) {
      owners[feature] = granuleOwners[feature / granule];
    }
    return owners;
  }

  /**
   * Assigns the granules of a space where they are worth most, as many to each branch as it takes.
   *
   * @param scores {@code [features * branches]}, what a feature is worth in each branch
   * @return the owner of each feature
   */
  int[] assign(int space, double[] scores) {
    return ofFeatures(
        space, BalancedAssignment.assign(ofGranules(space, scores), capacities(space)));
  }

  /** As {@link #assign}, quicker where few owners have to change. */
  int[] improve(int space, double[] scores, int[] owners) {
    int granule = granule(space);
    int[] start = new int[spaces.get(space).granules()];
    for (int i = 0; i < start.length; i++) {
      start[i] = owners[i * granule];
    }
    return ofFeatures(
        space, BalancedAssignment.improve(ofGranules(space, scores), start, branches));
  }

  private double[] ofGranules(int space, double[] scores) {
    int granule = granule(space);
    if (granule == 1) {
      return scores;
    }
    double[] sums = new double[spaces.get(space).granules() * branches];
    for (int i = 0; i < scores.length; i++) {
      sums[i / branches / granule * branches + i % branches] += scores[i];
    }
    return sums;
  }

  /** An owner array for each space, empty for those that are not assigned. */
  List<int[]> noOwners() {
    List<int[]> owners = new ArrayList<>();
    for (FeatureSpace space : spaces) {
      owners.add(isAssigned(space.id()) ? new int[space.size()] : new int[0]);
    }
    return owners;
  }

  /**
   * The share of importance that an assignment keeps, each layer counting with its number of
   * weights.
   */
  double retained(List<int[]> owners) {
    double kept = 0;
    double all = 0;
    for (Layer layer : layers) {
      double weights = layer.importance().weights();
      kept +=
          weights
              * layer
                  .importance()
                  .retained(owners.get(layer.inSpace()), owners.get(layer.outSpace()));
      all += weights;
    }
    return all == 0 ? 1 : kept / all;
  }
}
