package dev.partita.dense.region;

import dev.partita.dense.find.DenseLayer;
import dev.partita.model.GraphIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A region in the making. */
final class Group {
  final TreeSet<Integer> nodes = new TreeSet<>();
  final List<DenseLayer> layers = new ArrayList<>();
  final List<DenseLayer> closing = new ArrayList<>();
  final Set<String> entries = new HashSet<>();
  final Map<Integer, LeftOutside> outside = new TreeMap<>();
  final SpaceUnion spaces = new SpaceUnion();
  private final Map<String, Features> features = new HashMap<>();

  /**
   * Features of a value.
   *
   * @param axis from the end
   * @param size how many there are
   */
  record Features(int axis, int size) {

    // As in FeatureAxis.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Features that && axis == that.axis && size == that.size;
    }

    @Override
    public int hashCode() {
      return 31 * axis + size;
    }
  }

  /** Where a value of the group has its features, and how many. */
  Features features(String value) {
    Features found = features.get(value);
    if (found == null) {
      throw new IllegalArgumentException(value + " has no features here");
    }
    return found;
  }

  void put(String value, Features its) {
    features.put(value, its);
    spaces.add(value);
  }

  /** Whether a node of the group makes a value. */
  boolean makes(GraphIndex index, String value) {
    OptionalInt producer = index.producer(value);
    return producer.isPresent() && nodes.contains(producer.getAsInt());
  }

  /** Whether values that both know have their features at one place. */
  boolean fits(Group other) {
    return features.entrySet().stream()
        .allMatch(
            entry ->
                entry
                    .getValue()
                    .equals(other.features.getOrDefault(entry.getKey(), entry.getValue())));
  }

  void takeIn(Group other) {
    nodes.addAll(other.nodes);
    layers.addAll(other.layers);
    closing.addAll(other.closing);
    entries.addAll(other.entries);
    outside.putAll(other.outside);
    features.putAll(other.features);
    spaces.addAll(other.spaces);
  }
}
