package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.region.FeatureSpace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Several problems as one in which some spaces have to be dealt out alike, since the layers between
 * them read one stored weight.
 *
 * @param problem with one space for all that are alike
 * @param parts the problems
 * @param ids for each of them which space of the problem each of its spaces is
 */
public record JointProblem(
    PlanProblem problem, ImmutableList<PlanProblem> parts, ImmutableList<ImmutableIntArray> ids) {

  /** A space of one of the problems. */
  public record Place(int part, int space) {}

  /**
   * Joins problems.
   *
   * @param alike spaces of equal size that have to be dealt out alike; those of different states
   *     stay apart
   */
  public static JointProblem of(List<PlanProblem> parts, List<List<Place>> alike) {
    int[][] roots = new int[parts.size()][];
    int next = 0;
    for (int part = 0; part < roots.length; part++) {
      roots[part] = new int[parts.get(part).spaces().size()];
      for (int space = 0; space < roots[part].length; space++) {
        roots[part][space] = next++;
      }
    }
    for (List<Place> places : alike) {
      Place first = places.get(0);
      for (Place place : places) {
        if (space(parts, place).state() == space(parts, first).state()) {
          replace(roots, root(roots, place), root(roots, first));
        }
      }
    }
    Map<Integer, Integer> numbers = new HashMap<>();
    List<FeatureSpace> spaces = new ArrayList<>();
    List<ImmutableIntArray> ids = new ArrayList<>();
    for (int part = 0; part < roots.length; part++) {
      ImmutableIntArray.Builder own = ImmutableIntArray.builder();
      for (int space = 0; space < roots[part].length; space++) {
        FeatureSpace original = parts.get(part).spaces().get(space);
        int id = numbers.computeIfAbsent(roots[part][space], root -> numbers.size());
        if (id == spaces.size()) {
          spaces.add(original);
        }
        spaces.set(id, joined(id, spaces.get(id), original));
        own.add(id);
      }
      ids.add(own.build());
    }
    return new JointProblem(
        new PlanProblem(
            parts.get(0).branches(),
            ImmutableList.copyOf(spaces),
            layers(parts, ids),
            parts.stream().mapToInt(PlanProblem::sharedLayers).sum()),
        ImmutableList.copyOf(parts),
        ImmutableList.copyOf(ids));
  }

  private static FeatureSpace space(List<PlanProblem> parts, Place place) {
    return parts.get(place.part()).spaces().get(place.space());
  }

  private static int root(int[][] roots, Place place) {
    return roots[place.part()][place.space()];
  }

  private static void replace(int[][] roots, int root, int by) {
    for (int[] part : roots) {
      for (int i = 0; i < part.length; i++) {
        part[i] = part[i] == root ? by : part[i];
      }
    }
  }

  private static FeatureSpace joined(int id, FeatureSpace one, FeatureSpace other) {
    return new FeatureSpace(id, one.size(), one.state(), Math.max(one.granule(), other.granule()));
  }

  /** The layers of all parts; those that read one space have the mean of their covariances. */
  private static ImmutableList<PlanProblem.Layer> layers(
      List<PlanProblem> parts, List<ImmutableIntArray> ids) {
    List<PlanProblem.Layer> layers = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      for (PlanProblem.Layer layer : parts.get(part).layers()) {
        layers.add(
            new PlanProblem.Layer(
                ids.get(part).get(layer.inSpace()),
                ids.get(part).get(layer.outSpace()),
                layer.importance(),
                layer.covariance()));
      }
    }
    Map<Integer, FeatureCovariance> means = new HashMap<>();
    ImmutableList.Builder<PlanProblem.Layer> all = ImmutableList.builder();
    for (PlanProblem.Layer layer : layers) {
      FeatureCovariance covariance = layer.covariance();
      if (covariance != null) {
        covariance =
            means.computeIfAbsent(
                layer.inSpace(),
                space ->
                    FeatureCovariance.mean(
                        layers.stream()
                            .filter(other -> other.inSpace() == space)
                            .map(PlanProblem.Layer::covariance)
                            .filter(Objects::nonNull)
                            .toList()));
      }
      all.add(
          new PlanProblem.Layer(layer.inSpace(), layer.outSpace(), layer.importance(), covariance));
    }
    return all.build();
  }

  /** The plan of each part under a plan of the problem. */
  public ImmutableList<PartitionPlan> plans(PartitionPlan plan) {
    boolean alone = parts.size() == 1;
    ImmutableList.Builder<PartitionPlan> plans = ImmutableList.builder();
    for (int part = 0; part < parts.size(); part++) {
      ImmutableList.Builder<ImmutableList<ImmutableIntArray>> members = ImmutableList.builder();
      List<int[]> owners = new ArrayList<>();
      for (int space = 0; space < ids.get(part).length(); space++) {
        ImmutableList<ImmutableIntArray> own = plan.members().get(ids.get(part).get(space));
        members.add(own);
        owners.add(owners(own, parts.get(part).spaces().get(space).size()));
      }
      plans.add(
          new PartitionPlan(
              plan.branches(),
              plan.strategy(),
              members.build(),
              alone || plan.lossless()
                  ? plan.retainedImportance()
                  : parts.get(part).retained(owners),
              plan.lossless()));
    }
    return plans.build();
  }

  private static int[] owners(ImmutableList<ImmutableIntArray> members, int size) {
    int[] owners = new int[members.isEmpty() ? 0 : size];
    for (int branch = 0; branch < members.size(); branch++) {
      int owner = branch;
      members.get(branch).forEach(feature -> owners[feature] = owner);
    }
    return owners;
  }
}
