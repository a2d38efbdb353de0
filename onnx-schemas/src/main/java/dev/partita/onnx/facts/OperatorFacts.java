package dev.partita.onnx.facts;

/** Versions of the default operator set in which operators changed what they take. */
public final class OperatorFacts {

  /** From here on a negative axis is allowed in Gather, Concat, Flatten and Softmax alike. */
  public static final int NEGATIVE_AXES_SINCE = 11;

  /** From here on Slice takes its ranges as inputs instead of attributes. */
  public static final int SLICE_INPUTS_SINCE = 10;

  /** From here on Split takes its sizes as an input instead of an attribute. */
  public static final int SPLIT_INPUTS_SINCE = 13;

  /** From here on Gemm's third input may be left out. */
  public static final int OPTIONAL_GEMM_BIAS_SINCE = 11;

  /** From here on Add, Sub, Mul, Div and Gemm broadcast as numpy does, without an attribute. */
  public static final int NUMPY_BROADCAST_SINCE = 7;

  private OperatorFacts() {}
}
