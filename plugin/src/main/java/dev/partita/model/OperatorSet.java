package dev.partita.model;

import dev.partita.onnx.NodeProto;

/**
 * What differs from one version of the standard's operator set to the next: the operator reference
 * of the ONNX standard, versions 1 to 26. Nodes are made without a name and outputs.
 *
 * @param version of the default domain
 */
public record OperatorSet(int version) {

  /** From here on Add, Sub, Mul, Div and Gemm broadcast as numpy does, without an attribute. */
  public static final int NUMPY_BROADCAST_SINCE = 7;

  private static final int SLICE_INPUTS_SINCE = 10;
  private static final int NEGATIVE_AXES_SINCE = 11;
  private static final int OPTIONAL_GEMM_BIAS_SINCE = 11;
  private static final int PAD_INPUTS_SINCE = 11;
  private static final int SOFTMAX_OF_ONE_AXIS_SINCE = 13;
  private static final int SPLIT_INPUTS_SINCE = 13;
  private static final int SUM_AXES_INPUT_SINCE = 13;
  private static final int MEAN_AXES_INPUT_SINCE = 18;

  /** Keeps the constants that a node needs. */
  @FunctionalInterface
  public interface Constants {
    /**
     * The name of a value that holds some whole numbers.
     *
     * @param what they are for: the name of the input
     */
    String longs(String what, long... values);
  }

  /** Whether a negative axis is allowed in Gather, Concat, Flatten and Softmax alike. */
  public boolean allowsNegativeAxes() {
    return version >= NEGATIVE_AXES_SINCE;
  }

  /** Whether operands are broadcast as numpy does. */
  public boolean broadcasts() {
    return version >= NUMPY_BROADCAST_SINCE;
  }

  /** Whether a Gemm may have two inputs. */
  public boolean hasOptionalGemmBias() {
    return version >= OPTIONAL_GEMM_BIAS_SINCE;
  }

  /** Whether a Softmax is along one axis, instead of all from one on. */
  public boolean hasSoftmaxOfOneAxis() {
    return version >= SOFTMAX_OF_ONE_AXIS_SINCE;
  }

  /** A range of one axis. */
  public NodeProto.Builder slice(
      String value, long axis, long start, long end, Constants constants) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType("Slice").addInput(value);
    return version >= SLICE_INPUTS_SINCE
        ? node.addInput(constants.longs("start", start))
            .addInput(constants.longs("end", end))
            .addInput(constants.longs("axis", axis))
        : node.addAttribute(Nodes.ofInts("axes", axis))
            .addAttribute(Nodes.ofInts("starts", start))
            .addAttribute(Nodes.ofInts("ends", end));
  }

  /** Parts of these sizes along one axis. */
  public NodeProto.Builder split(String value, long axis, long[] sizes, Constants constants) {
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setOpType("Split")
            .addInput(value)
            .addAttribute(Nodes.ofInt("axis", axis));
    return withLongs(node, SPLIT_INPUTS_SINCE, "split", "sizes", sizes, constants);
  }

  /**
   * Zeros around a value.
   *
   * @param pads how many before each axis, then how many behind each
   */
  public NodeProto.Builder pad(String value, long[] pads, Constants constants) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType("Pad").addInput(value);
    return withLongs(node, PAD_INPUTS_SINCE, "pads", "pads", pads, constants);
  }

  /** The sum along some axes, which stay with size 1 where they are kept. */
  public NodeProto.Builder reduceSum(String value, boolean keep, long[] axes, Constants constants) {
    return reduce("ReduceSum", SUM_AXES_INPUT_SINCE, value, keep, axes, constants);
  }

  /** The mean likewise. */
  public NodeProto.Builder reduceMean(
      String value, boolean keep, long[] axes, Constants constants) {
    return reduce("ReduceMean", MEAN_AXES_INPUT_SINCE, value, keep, axes, constants);
  }

  private NodeProto.Builder reduce(
      String operator, int since, String value, boolean keep, long[] axes, Constants constants) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator).addInput(value);
    return withLongs(node, since, "axes", "axes", axes, constants)
        .addAttribute(Nodes.ofInt("keepdims", keep ? 1 : 0));
  }

  private NodeProto.Builder withLongs(
      NodeProto.Builder node,
      int since,
      String attribute,
      String input,
      long[] values,
      Constants constants) {
    return version >= since
        ? node.addInput(constants.longs(input, values))
        : node.addAttribute(Nodes.ofInts(attribute, values));
  }
}
