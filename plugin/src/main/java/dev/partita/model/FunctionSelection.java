package dev.partita.model;

import com.google.common.collect.ImmutableMap;
import com.google.common.graph.Traverser;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which model-local functions are worth inlining, because they or functions that they call contain
 * a node of some kind, and why some of those cannot be inlined.
 */
public final class FunctionSelection {

  private final FunctionCalls calls;
  private final Map<String, Long> imports = new LinkedHashMap<>();
  private final Map<FunctionKey, String> obstacles = new HashMap<>();
  private final Set<FunctionKey> wanted = new HashSet<>();
  private final Set<FunctionKey> reached = new LinkedHashSet<>();

  /**
   * Looks through a model, which is not changed.
   *
   * @param sought of operator types: what makes a function worth it
   */
  public FunctionSelection(ModelProto model, Predicate<String> sought) {
    this.calls = new FunctionCalls(model);
    model
        .getOpsetImportList()
        .forEach(set -> imports.putIfAbsent(domain(set.getDomain()), set.getVersion()));
    Set<FunctionKey> twice = new HashSet<>();
    Set<FunctionKey> seen = new HashSet<>();
    for (FunctionProto function : model.getFunctionsList()) {
      if (!seen.add(FunctionKey.of(function))) {
        twice.add(FunctionKey.of(function));
      }
    }
    for (FunctionKey key : calls.calleesFirst()) {
      decide(key, twice.contains(key), sought);
    }
    Traverser.<FunctionKey>forGraph(
            key -> calls.callees().get(key).stream().filter(wanted::contains).toList())
        .breadthFirst(calls.callsOfGraph().keySet().stream().filter(wanted::contains).toList())
        .forEach(reached::add);
  }

  private void decide(FunctionKey key, boolean twice, Predicate<String> sought) {
    FunctionProto function = function(key);
    boolean[] direct = new boolean[1];
    AllNodes.of(
        function.getNodeList(),
        node -> direct[0] |= sought.test(node.getOpType()) && !calls.isCall(node));
    boolean through = calls.callees().get(key).stream().anyMatch(wanted::contains);
    if (!direct[0] && !through) {
      return;
    }
    String obstacle =
        twice
            ? "another function has the same name"
            : FunctionObstacle.of(function, calls.calls().get(key));
    obstacle = obstacle == null ? sharedImports(function) : obstacle;
    if (obstacle == null) {
      wanted.add(key);
    } else {
      obstacles.put(key, obstacle);
    }
  }

  /** Takes what the function imports into the model's operator sets, or says what is in the way. */
  private @Nullable String sharedImports(FunctionProto function) {
    Map<String, Long> own = new LinkedHashMap<>();
    for (OperatorSetIdProto set : function.getOpsetImportList()) {
      own.putIfAbsent(domain(set.getDomain()), set.getVersion());
    }
    Set<String> used = new LinkedHashSet<>();
    Set<String> called = new LinkedHashSet<>();
    AllNodes.of(
        function.getNodeList(),
        node -> (calls.isCall(node) ? called : used).add(domain(node.getDomain())));
    if (function.getOutputList().stream().anyMatch(function.getInputList()::contains)
        || Set.copyOf(function.getOutputList()).size() < function.getOutputCount()) {
      // An Identity will replace what is passed through.
      used.add("");
    }
    for (String domain : used) {
      Long version = own.getOrDefault(domain, imports.get(domain));
      if (version == null) {
        return "neither it nor the model imports the domain '" + domain + "'";
      }
      Long models = imports.get(domain);
      if (models != null && !models.equals(version)) {
        return String.format(
            "it uses version %d of the operators of '%s', but the model uses version %d",
            version, domain.isEmpty() ? "ai.onnx" : domain, models);
      }
    }
    for (String domain : used) {
      imports.putIfAbsent(domain, own.getOrDefault(domain, imports.get(domain)));
    }
    for (String domain : called) {
      imports.putIfAbsent(domain, own.getOrDefault(domain, 1L));
    }
    return null;
  }

  private static String domain(String domain) {
    return Domains.isDefault(domain) ? "" : domain;
  }

  private FunctionProto function(FunctionKey key) {
    FunctionProto function = calls.functions().get(key);
    if (function == null) {
      throw new IllegalArgumentException("no function " + key);
    }
    return function;
  }

  /** The functions whose calls are replaced, each reached from the main graph. */
  Set<FunctionKey> inlined() {
    return reached;
  }

  /** The function that a node calls and whose body goes in its place; null for other nodes. */
  @Nullable FunctionProto inlined(NodeProto node) {
    FunctionKey key = FunctionKey.of(node);
    return reached.contains(key) ? calls.functions().get(key) : null;
  }

  FunctionCalls calls() {
    return calls;
  }

  /** The version of a domain once the functions are inlined; null where nobody imports it. */
  @Nullable Long version(String domain) {
    return imports.get(domain);
  }

  /**
   * Why a function of the model, a product in it, would stay although inlining was asked for: the
   * rest of a sentence about the function. Null where it would not stay.
   */
  public @Nullable String obstacle(FunctionProto function) {
    FunctionKey key = FunctionKey.of(function);
    String obstacle = obstacles.get(key);
    if (obstacle != null || reached.contains(key)) {
      return obstacle;
    }
    return calls.calls().containsKey(key)
        ? "only functions that are kept, or training, call it"
        : "nothing calls it";
  }

  /**
   * The functions that are called and would be worth it, but have an obstacle of their own: their
   * names, each with the rest of a sentence.
   */
  public ImmutableMap<String, String> refused() {
    Map<String, String> refused = new LinkedHashMap<>();
    for (FunctionKey key : calls.functions().keySet()) {
      String obstacle = obstacles.get(key);
      if (obstacle != null && calls.calls().containsKey(key)) {
        refused.putIfAbsent(key.name(), obstacle);
      }
    }
    return ImmutableMap.copyOf(refused);
  }
}
