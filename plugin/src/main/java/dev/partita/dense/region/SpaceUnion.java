package dev.partita.dense.region;

import java.util.HashMap;
import java.util.Map;

/** Union-find over values: which of them share a feature space. */
final class SpaceUnion {

  private final Map<String, String> parent = new HashMap<>();

  void add(String value) {
    parent.putIfAbsent(value, value);
  }

  /** Takes over the classes of another; values known to both join them. */
  void addAll(SpaceUnion other) {
    other.parent.keySet().forEach(value -> union(other.find(value), value));
  }

  boolean contains(String value) {
    return parent.containsKey(value);
  }

  String find(String value) {
    String root = value;
    while (!at(root).equals(root)) {
      root = at(root);
    }
    String step = value;
    while (!step.equals(root)) {
      String next = at(step);
      parent.put(step, root);
      step = next;
    }
    return root;
  }

  void union(String a, String b) {
    add(a);
    add(b);
    parent.put(find(b), find(a));
  }

  private String at(String value) {
    String up = parent.get(value);
    if (up == null) {
      throw new IllegalArgumentException(value + " has no space");
    }
    return up;
  }
}
