package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.onnx.facts.Operator;
import dev.partita.onnx.facts.Operators;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What every later stage takes for granted of a model's graphs, checked once, right after the file
 * was parsed: each value is made once and before it is read, constants have possible shapes and all
 * of their bytes, and the operators that are looked into have the operands they need. Unknown
 * operators, domains, types and fields are none of its business.
 */
final class ModelCheck {

  private static final String HINT = "The file violates the ONNX standard; export the model again.";

  private final OnnxModel model;
  private final GraphProto graph;
  private final Set<String> known = new HashSet<>();

  private final @Nullable ModelCheck around;

  private ModelCheck(OnnxModel model, GraphProto graph, @Nullable ModelCheck around) {
    this.model = model;
    this.graph = graph;
    this.around = around;
  }

  /**
   * Checks a model.
   *
   * @throws UnsupportedInputException naming the file, the node or tensor, and what is wrong
   */
  static void require(OnnxModel model) {
    ModelCheck check = new ModelCheck(model, model.proto().getGraph(), null);
    model.proto().getOpsetImportList().forEach(check::requireVersion);
    check.all();
    if (FunctionCycles.contain(model.proto().getFunctionsList())) {
      throw check.refusal("a model-local function calls itself");
    }
  }

  private void requireVersion(OperatorSetIdProto opset) {
    long version = opset.getVersion();
    if (Domains.isDefault(opset.getDomain()) && (version < 0 || version > Integer.MAX_VALUE)) {
      throw refusal("it requires version " + version + " of the operator set");
    }
  }

  private void all() {
    constants();
    nodes();
    for (ValueInfoProto output : graph.getOutputList()) {
      if (!isKnown(output.getName())) {
        throw refusal("no node produces the graph output '" + output.getName() + "'");
      }
    }
  }

  /** Whether a value is made here, so far, or in a graph around this one. */
  private boolean isKnown(String value) {
    return known.contains(value) || (around != null && around.isKnown(value));
  }

  private void bodies(NodeProto node, int position) {
    Set<String> names = new HashSet<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      if (!names.add(attribute.getName())) {
        throw refusal(node, position, "it has two attributes '" + attribute.getName() + "'");
      }
      if (attribute.hasG()) {
        new ModelCheck(model, attribute.getG(), this).all();
      }
      attribute.getGraphsList().forEach(body -> new ModelCheck(model, body, this).all());
    }
  }

  private void constants() {
    Set<String> read = new HashSet<>();
    graph.getNodeList().forEach(node -> read.addAll(GraphIndex.valuesRead(node)));
    graph.getOutputList().forEach(output -> read.add(output.getName()));
    for (TensorProto tensor : graph.getInitializerList()) {
      // ONNX Runtime opens these, and takes the first or the last, depending on their size.
      if (!known.add(tensor.getName())) {
        throw refusal("two initializers have the name '" + tensor.getName() + "'");
      }
      // ONNX Runtime drops what nothing reads before it checks it.
      if (read.contains(tensor.getName())) {
        TensorCheck.require(model, tensor);
      }
    }
    graph.getSparseInitializerList().forEach(sparse -> known.add(sparse.getValues().getName()));
    // A name of both kinds is an initializer that a caller may replace.
    Set<String> inputs = new HashSet<>();
    for (ValueInfoProto input : graph.getInputList()) {
      if (!inputs.add(input.getName())) {
        throw refusal("two graph inputs have the name '" + input.getName() + "'");
      }
    }
    known.addAll(inputs);
  }

  private void nodes() {
    Set<String> later = new HashSet<>();
    graph.getNodeList().forEach(node -> later.addAll(node.getOutputList()));
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      requireOperands(node, i);
      for (String value : GraphIndex.valuesRead(node)) {
        if (!isKnown(value)) {
          throw refusal(
              node,
              i,
              later.contains(value)
                  ? "it reads '" + value + "', which depends on it: the nodes form a cycle"
                  : "it reads '" + value + "', which no node produces");
        }
      }
      bodies(node, i);
      for (String value : node.getOutputList()) {
        if (!value.isEmpty() && !known.add(value)) {
          throw refusal(node, i, "it produces '" + value + "', a name that is already in use");
        }
      }
      TensorProto constant = ConstantNode.tensor(node);
      if (constant != null) {
        TensorCheck.require(model, constant);
      }
    }
  }

  /** Operators whose operands are read by position. */
  private void requireOperands(NodeProto node, int position) {
    if (!Domains.isDefault(node.getDomain())) {
      return;
    }
    Operator operator = Operators.of(node);
    if (node.getOutputCount() > operator.mostOutputs()) {
      throw refusal(node, position, node.getOpType() + " has more than one output");
    }
    int inputs = operator.fewestInputs();
    boolean complete = node.getInputCount() >= inputs && (inputs == 0 || node.getOutputCount() > 0);
    for (int i = 0; complete && i < inputs; i++) {
      complete = !node.getInput(i).isEmpty();
    }
    if (!complete || (inputs > 0 && node.getOutput(0).isEmpty())) {
      throw refusal(
          node,
          position,
          node.getOpType() + " needs " + inputs + " inputs and an output, but some are missing");
    }
  }

  private UnsupportedInputException refusal(String reason) {
    return UnsupportedInputException.at(model.source().toString(), null, reason, HINT);
  }

  private UnsupportedInputException refusal(NodeProto node, int position, String reason) {
    String name = node.getName().isEmpty() ? node.getOpType() + "#" + position : node.getName();
    return UnsupportedInputException.at(model.source().toString(), name, reason, HINT);
  }
}
