package dev.partita.shard;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.partita.UnsupportedInputException;
import dev.partita.annotate.LayerAnnotation;
import dev.partita.model.GraphIndex;
import dev.partita.runtime.ShardManifest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Divides the nodes of a model among stages.
 *
 * <p>A Split that divides an entry value among the branches is not a stage of its own: each stage
 * that reads from it has a copy, so that every accelerator is given the whole entry and keeps its
 * part.
 *
 * <p>The level of a node is the largest number of changes between accelerators, or between one and
 * the rest, on any path that leads to it. Nodes of one accelerator and one level are a stage.
 * Between stages of different accelerators the level rises, and it never falls, so that stages
 * cannot wait for each other; and there are no more levels than the longest path has changes.
 *
 * @param stages in the order of their levels
 */
record StagePlan(ImmutableList<PlannedStage> stages) {

  /**
   * A stage.
   *
   * @param accelerator its number, or {@link Placement#REST}
   * @param level as above
   * @param nodes what it computes, copies of constant and entry nodes included, in the order of the
   *     graph
   * @param regions whose branches it holds
   * @param inputs values that are inputs of the graph, or made by other stages
   * @param outputs values that other stages read, or outputs of the graph
   */
  record PlannedStage(
      int accelerator,
      int level,
      ImmutableSortedSet<Integer> nodes,
      ImmutableSortedSet<String> regions,
      ImmutableSet<String> inputs,
      ImmutableSet<String> outputs) {

    /** The name of the shard. */
    String shard() {
      return accelerator == Placement.REST ? ShardManifest.REST : LayerAnnotation.of(accelerator);
    }

    /** The name of the stage, unique in the model. */
    String name() {
      return shard() + "/stage_" + level;
    }
  }

  /**
   * Plans the stages of a model.
   *
   * @throws UnsupportedInputException if an output of the graph is a constant or an input
   */
  static StagePlan of(GraphIndex index, Placement placement) {
    return new Planner(index, placement).plan();
  }

  /** Values that go from stage to stage. */
  ImmutableSet<String> edges() {
    Set<String> read = new LinkedHashSet<>();
    stages.forEach(stage -> read.addAll(stage.inputs()));
    return stages.stream()
        .flatMap(stage -> stage.outputs().stream())
        .filter(read::contains)
        .collect(ImmutableSet.toImmutableSet());
  }

  private record Key(int accelerator, int level) {}

  private static final class Planner {
    private final GraphIndex index;
    private final Placement placement;
    private final ConstantNodes constants;
    private final Map<Integer, Key> keys = new HashMap<>();
    private final Map<Key, List<Integer>> members = new LinkedHashMap<>();

    Planner(GraphIndex index, Placement placement) {
      this.index = index;
      this.placement = placement;
      this.constants = new ConstantNodes(index);
    }

    StagePlan plan() {
      requireComputedOutputs();
      for (int node = 0; node < index.size(); node++) {
        if (!constants.isNode(node) && !placement.entries().contains(node)) {
          Key key = new Key(placement.accelerator().get(node), level(node));
          keys.put(node, key);
          members.computeIfAbsent(key, k -> new ArrayList<>()).add(node);
        }
      }
      return new StagePlan(
          members.keySet().stream()
              .sorted(Comparator.comparingInt(Key::level).thenComparingInt(Key::accelerator))
              .map(this::stage)
              .collect(ImmutableList.toImmutableList()));
    }

    private void requireComputedOutputs() {
      for (String output : index.outputs()) {
        if (constants.isValue(output) || index.isInput(output)) {
          throw new UnsupportedInputException(
              "%s: the graph output '%s' is %s, which no stage computes"
                  .formatted(
                      index.model().source(),
                      output,
                      constants.isValue(output) ? "a constant" : "a graph input"),
              "Remove that output from the graph.");
        }
      }
    }

    private int level(int node) {
      int accelerator = placement.accelerator().get(node);
      int level = 0;
      for (String value : reads(node)) {
        OptionalInt producer = index.producer(value);
        Key from = producer.isEmpty() ? null : keys.get(producer.getAsInt());
        if (from != null) {
          level = Math.max(level, from.level() + (from.accelerator() == accelerator ? 0 : 1));
        }
      }
      return level;
    }

    private PlannedStage stage(Key key) {
      List<Integer> own = members.getOrDefault(key, List.of());
      ImmutableSet.Builder<String> inputs = ImmutableSet.builder();
      ImmutableSet.Builder<String> outputs = ImmutableSet.builder();
      TreeSet<String> regions = new TreeSet<>();
      for (int node : own) {
        reads(node).stream().filter(value -> isInput(value, key)).forEach(inputs::add);
        index.node(node).getOutputList().stream()
            .filter(value -> isRead(value, key))
            .forEach(outputs::add);
        if (!placement.region().get(node).isEmpty()) {
          regions.add(placement.region().get(node));
        }
      }
      return new PlannedStage(
          key.accelerator(),
          key.level(),
          withConstants(own),
          ImmutableSortedSet.copyOf(regions),
          inputs.build(),
          outputs.build());
    }

    private boolean isInput(String value, Key key) {
      if (constants.isValue(value)) {
        return false;
      }
      OptionalInt producer = index.producer(value);
      return producer.isEmpty() || !key.equals(keys.get(producer.getAsInt()));
    }

    private boolean isRead(String value, Key key) {
      return !value.isEmpty()
          && (index.isOutput(value)
              || consumers(value).anyMatch(node -> !key.equals(keys.get(node))));
    }

    /** What a node reads, with parts of an entry replaced by the entry. */
    private ImmutableSet<String> reads(int node) {
      ImmutableSet.Builder<String> reads = ImmutableSet.builder();
      for (String value : index.reads(node)) {
        OptionalInt producer = index.producer(value);
        if (producer.isPresent() && placement.entries().contains(producer.getAsInt())) {
          reads.addAll(reads(producer.getAsInt()));
        } else {
          reads.add(value);
        }
      }
      return reads.build();
    }

    /** Who reads a value; a node that divides it is replaced by the readers of its parts. */
    private Stream<Integer> consumers(String value) {
      return index.consumers(value).stream()
          .flatMap(
              node ->
                  placement.entries().contains(node)
                      ? index.node(node).getOutputList().stream().flatMap(this::consumers)
                      : Stream.of(node));
    }

    private ImmutableSortedSet<Integer> withConstants(List<Integer> own) {
      Set<Integer> all = new TreeSet<>(own);
      Deque<Integer> open = new ArrayDeque<>(own);
      while (!open.isEmpty()) {
        for (String value : index.reads(open.remove())) {
          OptionalInt producer = index.producer(value);
          if (producer.isPresent()
              && (constants.isNode(producer.getAsInt())
                  || placement.entries().contains(producer.getAsInt()))
              && all.add(producer.getAsInt())) {
            open.add(producer.getAsInt());
          }
        }
      }
      return ImmutableSortedSet.copyOf(all);
    }
  }
}
