package dev.partita.model;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why a function cannot replace its calls, apart from its operator sets: it is ambiguous, or broken
 * in a way that the graph around a call would hide.
 */
final class FunctionObstacle {

  private FunctionObstacle() {}

  /** The reason as the rest of a sentence about the function; null where there is none. */
  static @Nullable String of(FunctionProto function, List<NodeProto> calls) {
    if (isRuntimes(function.getDomain())) {
      return "its domain belongs to the runtime, which may have an operator of that name";
    }
    if (function.getAttributeProtoList().stream().anyMatch(FunctionObstacle::hasGraph)) {
      return "it has an attribute whose default is a graph";
    }
    String broken = broken(function);
    if (broken != null) {
      return broken;
    }
    for (NodeProto call : calls) {
      String mismatch = mismatch(function, call);
      if (mismatch != null) {
        return mismatch;
      }
    }
    return null;
  }

  private static boolean isRuntimes(String domain) {
    return domain.isEmpty()
        || domain.equals("ai.onnx")
        || domain.startsWith("ai.onnx.")
        || domain.startsWith("com.microsoft");
  }

  private static boolean hasGraph(AttributeProto attribute) {
    return attribute.hasG() || attribute.getGraphsCount() > 0;
  }

  /** What would be resolved to something around the call, or made twice. */
  private static @Nullable String broken(FunctionProto function) {
    Set<String> known = new HashSet<>();
    for (String input : function.getInputList()) {
      if (!known.add(input)) {
        return "two inputs of it are called '" + input + "'";
      }
    }
    for (NodeProto node : function.getNodeList()) {
      for (String value : node.getOutputList()) {
        if (!value.isEmpty() && !known.add(value)) {
          return "it produces '" + value + "' twice";
        }
      }
    }
    for (NodeProto node : function.getNodeList()) {
      for (String value : ScopeNames.read(node)) {
        if (!known.contains(value)) {
          return "it reads '" + value + "', which no node in it produces";
        }
      }
    }
    for (String output : function.getOutputList()) {
      if (!known.contains(output)) {
        return "no node in it produces its output '" + output + "'";
      }
    }
    String[] handedOut = new String[1];
    AllNodes.of(
        function.getNodeList(),
        node -> {
          for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
              handedOut[0] = handedOut(attribute.getG(), handedOut[0]);
            }
            for (GraphProto graph : attribute.getGraphsList()) {
              handedOut[0] = handedOut(graph, handedOut[0]);
            }
          }
        });
    return handedOut[0];
  }

  private static @Nullable String handedOut(GraphProto body, @Nullable String earlier) {
    Set<String> defined = ScopeNames.defined(body);
    for (ValueInfoProto output : body.getOutputList()) {
      if (!defined.contains(output.getName())) {
        return "a body in it returns '" + output.getName() + "', which it does not produce";
      }
    }
    return earlier;
  }

  private static @Nullable String mismatch(FunctionProto function, NodeProto call) {
    if (call.getInputCount() > function.getInputCount()
        || call.getOutputCount() > function.getOutputCount()) {
      return "a call has more inputs or outputs than the function";
    }
    for (int i = 0; i < call.getOutputCount(); i++) {
      int input = function.getInputList().indexOf(function.getOutput(i));
      boolean absent =
          input >= 0 && (input >= call.getInputCount() || call.getInput(input).isEmpty());
      if (absent && !call.getOutput(i).isEmpty()) {
        return "it returns its input '" + function.getInput(input) + "', which a call omits";
      }
    }
    return null;
  }
}
