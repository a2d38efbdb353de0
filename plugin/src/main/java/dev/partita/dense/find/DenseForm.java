package dev.partita.dense.find;

import com.google.common.collect.ImmutableSet;
import dev.partita.model.Domains;
import dev.partita.model.GraphIndex;
import dev.partita.model.OperatorSet;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * How a dense layer is written in the graph: what it looks like there, and what a block of it
 * needs. One object for each way, all of them in {@link Forms}.
 */
public abstract class DenseForm {

  /** No input of the product node takes a bias. */
  public static final int NO_BIAS_INPUT = -1;

  private final String label;
  private final String operator;

  DenseForm(String label, String operator) {
    this.label = label;
    this.operator = operator;
  }

  /** The form as reports write it. */
  public final String label() {
    return label;
  }

  /** The operator of the product node. */
  public final String operator() {
    return operator;
  }

  /** Whether the operator is ONNX Runtime's own. */
  boolean isMicrosoft() {
    return false;
  }

  /** The first version of the standard's operator set in which the operator is known here. */
  int since() {
    return OperatorSet.NUMPY_BROADCAST_SINCE;
  }

  /**
   * Whether weights are recomputed from what the layer reads and makes: all three are real numbers,
   * and nothing but the product and the bias lies between them.
   */
  public boolean isRepairable() {
    return true;
  }

  /**
   * The input of the product node that takes a bias for each output; {@link #NO_BIAS_INPUT} where
   * an Add behind it does.
   */
  public int biasInput() {
    return NO_BIAS_INPUT;
  }

  /** Whether a Gemm does the same where activation and weight are matrices. */
  public boolean isPlain() {
    return false;
  }

  /** Attributes of the product node that are in recomputed weights and biases already. */
  public ImmutableSet<String> factors() {
    return ImmutableSet.of();
  }

  /**
   * The layer that a node of the operator is, or why it is none; null where another form may be the
   * one that it has.
   */
  abstract @Nullable LayerMatch match(GraphIndex index, int position, Ranks ranks);

  /** Whether a node has the form's operator. */
  final boolean hasOperator(GraphIndex index, NodeProto node) {
    return node.getOpType().equals(operator)
        && (isMicrosoft()
            ? Domains.isMicrosoft(node.getDomain())
            : Domains.isDefault(node.getDomain()) && index.model().opset() >= since());
  }
}
