package dev.partita.model;

import java.util.HashSet;
import java.util.Set;

/** Hands out names that a model does not use yet. Not safe for use by several threads. */
public final class Names {

  private final Set<String> taken;

  /**
   * Starts from everything that the model names, in every graph of it: a name in a body may not
   * hide one around it.
   */
  public Names(GraphIndex index) {
    this.taken = new HashSet<>(ScopeNames.all(index.model().proto()));
  }

  /** The wanted name where it is free, else the first free one of {@code wanted_2}, ... */
  public String fresh(String wanted) {
    String name = wanted;
    for (int i = 2; !taken.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }
}
