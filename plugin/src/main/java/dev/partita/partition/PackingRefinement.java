package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import dev.partita.partition.Components.Component;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Moves a component out of the busiest branch, or lets it change places with one of another, as
 * long as the larger of the two branches' work becomes less. Every branch keeps a part of every
 * space.
 */
final class PackingRefinement {

  /** Work falls with every step, so only contrived packings reach this. */
  private static final int MOST_STEPS = 10_000;

  /** Components of different sizes that are tried in each branch, the largest first. */
  private static final int MOST_CANDIDATES = 100;

  private final ImmutableList<Component> components;
  private final BranchLoads loads;
  private final int[] owner;
  private final int branches;

  private PackingRefinement(
      ImmutableList<Component> components, BranchLoads loads, int[] owner, int branches) {
    this.components = components;
    this.loads = loads;
    this.owner = owner;
    this.branches = branches;
  }

  /** Changes owners and loads in place; components without an owner are ignored. */
  static void refine(
      ImmutableList<Component> components, BranchLoads loads, int[] owner, int branches) {
    PackingRefinement refinement = new PackingRefinement(components, loads, owner, branches);
    for (int step = 0; step < MOST_STEPS; step++) {
      Exchange best = refinement.best();
      if (best == null) {
        return;
      }
      refinement.apply(best);
    }
  }

  /**
   * A component leaves a branch for another, and one may come back for it.
   *
   * @param work of the busier of the two branches afterwards
   */
  private record Exchange(Component out, int from, @Nullable Component back, int to, long work) {}

  private @Nullable Exchange best() {
    int from = loads.busiest();
    long limit = loads.work(from);
    Exchange best = null;
    List<Component> outs = oneOfEachSize(from);
    for (int to = 0; to < branches; to++) {
      if (to == from) {
        continue;
      }
      List<Component> backs = oneOfEachSize(to);
      for (Component out : outs) {
        for (int i = -1; i < backs.size(); i++) {
          Component back = i < 0 ? null : backs.get(i);
          Exchange exchange = evaluate(out, from, back, to);
          if (exchange != null && exchange.work() < (best == null ? limit : best.work())) {
            best = exchange;
          }
        }
      }
    }
    return best;
  }

  /** Components of the same sizes are as good as each other. */
  private List<Component> oneOfEachSize(int branch) {
    Map<ImmutableList<Integer>, Component> distinct = new LinkedHashMap<>();
    for (Component component : components) {
      if (owner[component.id()] == branch) {
        distinct.putIfAbsent(component.sizes(), component);
      }
    }
    return distinct.values().stream().limit(MOST_CANDIDATES).toList();
  }

  private @Nullable Exchange evaluate(Component out, int from, @Nullable Component back, int to) {
    shift(out, from, back, to);
    boolean whole = loads.covers(from) && loads.covers(to);
    long work = Math.max(loads.work(from), loads.work(to));
    shift(out, to, back, from);
    return whole ? new Exchange(out, from, back, to, work) : null;
  }

  private void shift(Component out, int from, @Nullable Component back, int to) {
    loads.remove(from, out);
    loads.add(to, out);
    if (back != null) {
      loads.remove(to, back);
      loads.add(from, back);
    }
  }

  private void apply(Exchange exchange) {
    shift(exchange.out(), exchange.from(), exchange.back(), exchange.to());
    owner[exchange.out().id()] = exchange.to();
    if (exchange.back() != null) {
      owner[exchange.back().id()] = exchange.from();
    }
  }
}
