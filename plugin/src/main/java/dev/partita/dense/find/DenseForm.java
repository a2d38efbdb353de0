package dev.partita.dense.find;

/** How a dense layer is written in the graph. */
public enum DenseForm {
  /** {@code Y = alpha * X . W + beta * C}, X of rank 2; X and W may be stored transposed. */
  GEMM("Gemm", "Gemm", true),
  /** {@code Y = alpha * W'[N, K] . X[K, M] + beta * C}; X and W may be stored transposed. */
  GEMM_LEFT("W.X Gemm", "Gemm", false),
  /** {@code Y = X . W}, X of any rank. */
  MATMUL("MatMul", "MatMul", true),
  /** A MatMul whose only reader is an Add of a constant. */
  MATMUL_ADD("MatMul+Add", "MatMul", true),
  /** {@code Y[..., N, M] = W'[N, K] . X[..., K, M]}. */
  MATMUL_LEFT("W.X MatMul", "MatMul", true),
  /** ONNX Runtime's MatMul with a factor, whose operands may be stored transposed. */
  FUSED_MATMUL("FusedMatMul", "FusedMatMul", true),
  /** ONNX Runtime's Gemm with an activation behind it. */
  FUSED_GEMM("FusedGemm", "FusedGemm", false),
  /** A product of whole numbers: {@code Y = (A - a0) . (B - b0)}, 32 bits wide. */
  MATMUL_INTEGER("MatMulInteger", "MatMulInteger", false),
  /** A product of whole numbers that are scaled before and after. */
  QLINEAR_MATMUL("QLinearMatMul", "QLinearMatMul", false),
  /**
   * ONNX Runtime's product with weights of a few bits, in blocks that share scale and zero point.
   */
  MATMUL_NBITS("MatMulNBits", "MatMulNBits", false),
  /** A convolution of 1 x 1 on maps of 1 x 1. */
  CONV_1X1("1x1 Conv", "Conv", true);

  private final String label;
  private final String operator;
  private final boolean repairable;

  DenseForm(String label, String operator, boolean repairable) {
    this.label = label;
    this.operator = operator;
    this.repairable = repairable;
  }

  /** The form as reports write it. */
  public String label() {
    return label;
  }

  /** The operator of the product node. */
  public String operator() {
    return operator;
  }

  /**
   * Whether weights are recomputed from what the layer reads and makes: all three are real numbers,
   * and nothing but the product and the bias lies between them.
   */
  public boolean isRepairable() {
    return repairable;
  }
}
