package dev.partita.corpus;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A matrix product with one constant operand, as the operator reference describes its operands.
 *
 * @param position index of the node in the graph
 * @param node the node
 * @param weight index of the constant operand
 * @param zeroPoint index of that operand's zero point; -1 where the operator has none
 * @param inputsFirst whether the operand's last two axes are input features, then output features;
 *     else the reverse
 */
record Product(int position, NodeProto node, int weight, int zeroPoint, boolean inputsFirst) {

  private record Operands(int left, int leftZeroPoint, int right, int rightZeroPoint) {}

  private static final Map<String, Operands> OPERANDS =
      Map.of(
          "Gemm", new Operands(0, -1, 1, -1),
          "MatMul", new Operands(0, -1, 1, -1),
          "FusedMatMul", new Operands(0, -1, 1, -1),
          "FusedGemm", new Operands(0, -1, 1, -1),
          "MatMulInteger", new Operands(0, 2, 1, 3),
          "QLinearMatMul", new Operands(0, 2, 3, 5),
          "MatMulIntegerToFloat", new Operands(0, 4, 1, 5),
          "DynamicQuantizeMatMul", new Operands(-1, -1, 1, 3),
          "QGemm", new Operands(0, 2, 3, 5),
          "MatMulNBits", new Operands(-1, -1, 1, -1));

  /** Index of the scales of a weight of a few bits a number. */
  static final int PACKED_SCALES = 2;

  /** The accuracy_level at which ONNX Runtime rounds activations to int8. */
  private static final int ROUNDED_ACTIVATIONS = 4;

  private static final Operands CONVOLUTION = new Operands(-1, -1, 1, -1);

  /** The product with one constant operand at a place of a graph, if there is one. */
  static Optional<Product> at(GraphProto graph, ConstantValues constants, int position) {
    NodeProto node = graph.getNode(position);
    boolean convolution = node.getOpType().equals("Conv");
    Operands operands = convolution ? CONVOLUTION : OPERANDS.get(node.getOpType());
    if (operands == null) {
      return Optional.empty();
    }
    boolean left = isConstant(node, operands.left(), constants);
    boolean right = isConstant(node, operands.right(), constants);
    if (left == right) {
      return Optional.empty();
    }
    boolean transposed =
        convolution || ConstantValues.integer(node, right ? "transB" : "transA") != 0;
    return Optional.of(
        new Product(
            position,
            node,
            right ? operands.right() : operands.left(),
            right ? operands.rightZeroPoint() : operands.leftZeroPoint(),
            right != transposed));
  }

  /** Whether it is a convolution, whose kernel has the two axes of a matrix first. */
  boolean isConvolution() {
    return node.getOpType().equals("Conv");
  }

  /** Whether its weight has a few bits a number, in blocks that share a scale. */
  boolean isPacked() {
    return node.getOpType().equals("MatMulNBits");
  }

  /** The element type in which it computes, as in {@code TensorProto.DataType}. */
  int type(ConstantValues constants) {
    boolean floats =
        isPacked() && ConstantValues.integer(node, "accuracy_level") != ROUNDED_ACTIVATIONS;
    return constants.type(floats ? node.getInput(PACKED_SCALES) : weightValue());
  }

  /** All of them but convolutions, most of which are no products, in the order of the graph. */
  static List<Product> all(GraphProto graph, ConstantValues constants) {
    List<Product> products = new ArrayList<>();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      at(graph, constants, i).filter(p -> !p.isConvolution()).ifPresent(products::add);
    }
    return products;
  }

  private static boolean isConstant(NodeProto node, int operand, ConstantValues constants) {
    return operand >= 0
        && operand < node.getInputCount()
        && constants.contains(node.getInput(operand));
  }

  /** The name that reports use: the node's, or operator and position where it has none. */
  String name() {
    return node.getName().isEmpty() ? node.getOpType() + "#" + position : node.getName();
  }

  /** The name of the constant operand. */
  String weightValue() {
    return node.getInput(weight);
  }

  /** Operator, weight and activation, with how they come about. */
  String structure(ConstantValues constants) {
    int other = weight == 0 ? 1 : 0;
    String activation =
        other < node.getInputCount() ? constants.chain(node.getInput(other)) : "nothing";
    String domain = node.getDomain().isEmpty() ? "" : node.getDomain() + ":";
    return "%s%s(%sW %s, X %s)"
        .formatted(
            domain,
            node.getOpType(),
            weight == 0 ? "left " : "",
            constants.chain(weightValue()),
            activation);
  }
}
