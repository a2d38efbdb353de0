package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.partition.Components.Component;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts along zeros only: the connected components of the weights that are not zero are packed into
 * branches, so that the result equals the original. Finds the blocks of a grouped or mask-trained
 * model whatever the order of its features.
 *
 * <p>Branches are as even as the components allow, not as even as capacities: blocks may differ in
 * size. Weights count as they are, without what calibration data says of their inputs: an input
 * that was always zero there need not stay so.
 */
public final class LosslessStrategy implements PlanStrategy {

  /** A strategy without choices. */
  public LosslessStrategy() {}

  /**
   * What came of an attempt; one of the two is null.
   *
   * @param plan that drops nothing but zeros
   * @param obstacle a sentence that says why there is none
   */
  public record Attempt(@Nullable PartitionPlan plan, @Nullable String obstacle) {}

  @Override
  public String name() {
    return "lossless";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException where {@link #attempt} finds no plan
   */
  @Override
  public PartitionPlan plan(PlanProblem problem) {
    Attempt attempt = attempt(problem);
    if (attempt.plan() == null) {
      throw new IllegalArgumentException(attempt.obstacle());
    }
    return attempt.plan();
  }

  /** A plan for a problem whose weights are finite, or why there is none. */
  public Attempt attempt(PlanProblem problem) {
    Components components = new Components(problem);
    int[] owner = ComponentPacking.pack(problem, components.all());
    return owner == null
        ? new Attempt(null, obstacle(problem, components.all()))
        : new Attempt(
            PartitionPlan.lossless(problem.branches(), name(), components.owners(owner)), null);
  }

  /**
   * The layers that prevent a plan: each that, in the region's order, leaves no plan for itself and
   * those kept before it. Without them the others have one.
   *
   * @return a sentence for each, by its index in {@link PlanProblem#layers}
   */
  public ImmutableMap<Integer, String> obstacles(PlanProblem problem) {
    ImmutableMap.Builder<Integer, String> obstacles = ImmutableMap.builder();
    List<PlanProblem.Layer> kept = new ArrayList<>();
    for (int i = 0; i < problem.layers().size(); i++) {
      PlanProblem.Layer layer = problem.layers().get(i);
      String alone = attempt(problem.only(List.of(layer))).obstacle();
      if (alone != null) {
        obstacles.put(i, alone);
        continue;
      }
      kept.add(layer);
      String together = attempt(problem.only(kept)).obstacle();
      if (together != null) {
        kept.remove(layer);
        obstacles.put(
            i, "It could be cut alone, but not together with the layers before it. " + together);
      }
    }
    return obstacles.buildOrThrow();
  }

  private static String obstacle(PlanProblem problem, ImmutableList<Component> components) {
    long features =
        problem.spaces().stream()
            .filter(space -> problem.isAssigned(space.id()))
            .mapToLong(space -> space.size())
            .sum();
    long joined = components.stream().filter(component -> component.granules() > 1).count();
    long largest =
        components.stream()
            .mapToLong(c -> c.sizes().stream().mapToLong(Integer::longValue).sum())
            .max()
            .orElse(0);
    long fewest =
        problem.spaces().stream()
            .filter(space -> problem.isAssigned(space.id()))
            .mapToLong(space -> components.stream().filter(c -> c.touches(space.id())).count())
            .min()
            .orElse(0);
    String blocks = joined == 1 ? "one connected block" : joined + " connected blocks, the largest";
    return "The non-zero weights form "
        + blocks
        + " of "
        + largest
        + " of "
        + features
        + " features; "
        + (fewest < problem.branches()
            ? "they can be separated into "
                + (fewest == 1 ? "1 part" : fewest + " parts")
                + " at most, fewer than one for each of "
                + problem.branches()
                + " accelerators."
            : "no assignment was found that gives each of "
                + problem.branches()
                + " accelerators features of every value.");
  }
}
