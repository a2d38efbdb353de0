package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import dev.partita.partition.Components.Component;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Packs components into branches so that the busiest branch has little to do. First every branch
 * gets a part of every space, the scarcest space first; then the largest component left goes where
 * it makes the least of a branch (longest processing time first); then single components move out
 * of the busiest branch or change places with one of another ({@link PackingRefinement}); features
 * that nothing is joined to even out the sizes at the end. No choice is random.
 */
final class ComponentPacking {

  private static final int NOWHERE = -1;

  private final PlanProblem problem;
  private final ImmutableList<Component> largestFirst;
  private final BranchLoads loads;
  private final int[] owner;

  private ComponentPacking(PlanProblem problem, ImmutableList<Component> components) {
    this.problem = problem;
    this.loads = new BranchLoads(problem);
    long[] work = components.stream().mapToLong(loads::workOf).toArray();
    this.largestFirst =
        components.stream()
            .sorted(
                Comparator.comparingLong((Component c) -> -work[c.id()])
                    .thenComparing(Component::id))
            .collect(ImmutableList.toImmutableList());
    this.owner = new int[components.size()];
    Arrays.fill(owner, NOWHERE);
  }

  /** The branch of each component; null where some branch was left without part of a space. */
  static int @Nullable [] pack(PlanProblem problem, ImmutableList<Component> components) {
    return new ComponentPacking(problem, components).pack();
  }

  private int @Nullable [] pack() {
    if (!cover()) {
      return null;
    }
    fill(largestFirst.stream().filter(component -> component.granules() > 1).toList());
    PackingRefinement.refine(largestFirst, loads, owner, problem.branches());
    fillUp();
    neighboursTogether();
    return numbered();
  }

  /** Gives every branch a part of every assigned space. */
  private boolean cover() {
    List<Integer> scarcestFirst =
        IntStream.range(0, problem.spaces().size())
            .filter(problem::isAssigned)
            .boxed()
            .sorted(
                Comparator.comparingLong(
                    space -> largestFirst.stream().filter(c -> c.touches(space)).count()))
            .toList();
    for (int space : scarcestFirst) {
      for (int branch = 0; branch < problem.branches(); branch++) {
        if (loads.size(branch, space) == 0) {
          Component chosen = mostMissing(branch, space);
          if (chosen == null) {
            return false;
          }
          give(chosen, branch);
        }
      }
    }
    return true;
  }

  /** Of the components of a space the one that adds most of what a branch has nothing of yet. */
  private @Nullable Component mostMissing(int branch, int space) {
    Component best = null;
    int bestScore = Integer.MIN_VALUE;
    for (Component component : largestFirst) {
      if (owner[component.id()] != NOWHERE || !component.touches(space)) {
        continue;
      }
      int missing = 0;
      int known = 0;
      for (int s = 0; s < component.sizes().size(); s++) {
        if (component.touches(s)) {
          missing += loads.size(branch, s) == 0 ? 1 : 0;
          known += loads.size(branch, s) == 0 ? 0 : 1;
        }
      }
      // What the branch has already is better kept for others, but only among equals.
      int score = missing * (component.sizes().size() + 1) - known;
      if (score > bestScore) {
        bestScore = score;
        best = component;
      }
    }
    return best;
  }

  private void fill(List<Component> components) {
    for (Component component : components) {
      if (owner[component.id()] != NOWHERE) {
        continue;
      }
      int best = 0;
      for (int branch = 1; branch < problem.branches(); branch++) {
        if (loads.workWith(branch, component) < loads.workWith(best, component)) {
          best = branch;
        }
      }
      give(component, best);
    }
  }

  /** What is free evens out the sizes of its space. */
  private void fillUp() {
    for (Component component : largestFirst) {
      if (owner[component.id()] != NOWHERE) {
        continue;
      }
      int space =
          IntStream.range(0, problem.spaces().size())
              .filter(component::touches)
              .findFirst()
              .orElseThrow();
      int best = 0;
      for (int branch = 1; branch < problem.branches(); branch++) {
        long fewer = loads.size(branch, space) - loads.size(best, space);
        if (fewer < 0 || (fewer == 0 && loads.work(branch) < loads.work(best))) {
          best = branch;
        }
      }
      give(component, best);
    }
  }

  private void give(Component component, int branch) {
    owner[component.id()] = branch;
    loads.add(branch, component);
  }

  /**
   * Components of the same sizes can change places: neighbours go to one branch, so that fewer
   * orders need restoring.
   */
  private void neighboursTogether() {
    Map<ImmutableList<Integer>, List<Component>> alike = new LinkedHashMap<>();
    largestFirst.forEach(
        component ->
            alike.computeIfAbsent(component.sizes(), sizes -> new ArrayList<>()).add(component));
    for (List<Component> same : alike.values()) {
      int[] branches =
          same.stream().mapToInt(component -> owner[component.id()]).sorted().toArray();
      int next = 0;
      for (Component component : same) {
        owner[component.id()] = branches[next++];
      }
    }
  }

  /** The branches numbered by the first component that each has. */
  private int[] numbered() {
    int[] number = new int[problem.branches()];
    Arrays.fill(number, NOWHERE);
    int next = 0;
    int[] numbered = new int[owner.length];
    for (int id = 0; id < owner.length; id++) {
      if (number[owner[id]] == NOWHERE) {
        number[owner[id]] = next++;
      }
      numbered[id] = number[owner[id]];
    }
    return numbered;
  }
}
