package dev.partita.model;

import dev.partita.onnx.ModelProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Hands out names that a model does not use yet. Not safe for use by several threads. */
public final class Names {

  /**
   * Where no kernel computes in half precision ONNX Runtime casts a value to this and the value's
   * name, whether or not a value is called so already. Models that it wrote hold such casts, and a
   * copy of one under {@code name/branch0} would be what it wants to call the cast of {@code
   * value/branch0}: 1.18 then refuses the model.
   */
  private static final String RUNTIME_CAST = "InsertedPrecisionFreeCast_";

  private final Set<String> taken;
  private final Set<String> nodes = new HashSet<>();
  private final Set<String> shared = new HashSet<>();
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
    AllNodes.of(
        model.getGraph().getNodeList(),
        node -> {
          if (!nodes.add(node.getName())) {
            shared.add(node.getName());
          }
        });
  }

  /**
   * A name for a node that replaces one of the given name: the same name, or a fresh one if several
   * nodes have it or none has.
   */
  public String ofSuccessor(String node) {
    return nodes.contains(node) && !shared.contains(node) ? node : free(node);
  }

  /**
   * The wanted name where it is free, else the first free one of {@code wanted_2}, ...; without the
   * prefix that is ONNX Runtime's own.
   */
  public String fresh(String wanted) {
    return free(
        wanted.startsWith(RUNTIME_CAST)
            ? "Cast_" + wanted.substring(RUNTIME_CAST.length())
            : wanted);
  }

  private String free(String wanted) {
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
