package dev.partita.model;

import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.NodeProto;

/**
 * What a model-local function is called by.
 *
 * @param domain empty for the default domain, whichever way the file spells it
 * @param name the operator type of a call
 * @param overload empty where a function has none (before IR 10 all of them)
 */
record FunctionKey(String domain, String name, String overload) {

  /** What calls a function. */
  static FunctionKey of(FunctionProto function) {
    return of(function.getDomain(), function.getName(), function.getOverload());
  }

  /** What a node would call, if there is such a function. */
  static FunctionKey of(NodeProto node) {
    return of(node.getDomain(), node.getOpType(), node.getOverload());
  }

  private static FunctionKey of(String domain, String name, String overload) {
    return new FunctionKey(Domains.isDefault(domain) ? "" : domain, name, overload);
  }
}
