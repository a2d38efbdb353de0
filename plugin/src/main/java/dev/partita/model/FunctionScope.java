package dev.partita.model;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the names in one graph of a function's body become where it is inlined. */
final class FunctionScope {

  private final Names names;
  private final String prefix;
  private final @Nullable FunctionScope around;
  private final Map<String, String> renamed = new HashMap<>();

  private FunctionScope(Names names, String prefix, @Nullable FunctionScope around) {
    this.names = names;
    this.prefix = prefix;
    this.around = around;
  }

  /** The scope of the function itself. */
  static FunctionScope of(Names names, String prefix) {
    return new FunctionScope(names, prefix, null);
  }

  /** The scope of a body in this one; what it defines hides what is called the same here. */
  FunctionScope inner() {
    return new FunctionScope(names, prefix, this);
  }

  /** Makes a name mean a value of the caller; the empty one means none. */
  void bind(String name, String value) {
    renamed.put(name, value);
  }

  /** Gives a value of this scope a name that the model has not. */
  void define(String name) {
    if (!name.isEmpty() && !renamed.containsKey(name)) {
      renamed.put(name, fresh(name));
    }
  }

  /** A new name for something other than a value, such as a node. */
  String fresh(String name) {
    return names.fresh(prefixed(name));
  }

  String prefixed(String name) {
    return prefix + "/" + name;
  }

  /** Whether this very scope has a name. */
  boolean defines(String name) {
    return renamed.containsKey(name);
  }

  /** What a name became, here or in the scopes around; a name that none of them has stays. */
  String get(String name) {
    String here = renamed.get(name);
    if (here != null) {
      return here;
    }
    return around == null ? name : around.get(name);
  }
}
