package dev.partita.model;

import dev.partita.onnx.ModelProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Hands out names that a model does not use yet. Not safe for use by several threads. */
public final class Names {

  private final Set<String> taken;
  private final Map<String, Integer> next = new HashMap<>();

  /**
   * Starts from everything that the model names, in every graph of it: a name in a body may not
   * hide one around it.
   */
  public Names(GraphIndex index) {
    this(index.model().proto());
  }

  Names(ModelProto model) {
    this.taken = new HashSet<>(ScopeNames.all(model));
  }

  /** The wanted name where it is free, else the first free one of {@code wanted_2}, ... */
  public String fresh(String wanted) {
    if (taken.add(wanted)) {
      return wanted;
    }
    // Names are never given back, so that what was taken once need not be tried again.
    int i = next.getOrDefault(wanted, 2);
    while (!taken.add(wanted + "_" + i)) {
      i++;
    }
    next.put(wanted, i + 1);
    return wanted + "_" + i;
  }
}
