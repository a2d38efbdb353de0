package dev.partita.dense;

/** How a dense layer is written in the graph. */
public enum DenseForm {
  /** {@code Y = alpha * X . W + beta * C}, X of rank 2; W may be stored transposed. */
  GEMM("Gemm"),
  /** {@code Y = X . W}, X of any rank from 2 on. */
  MATMUL("MatMul"),
  /** A MatMul whose only reader is an Add of a constant. */
  MATMUL_ADD("MatMul+Add");

  private final String label;

  DenseForm(String label) {
    this.label = label;
  }

  /** The form as reports write it. */
  public String label() {
    return label;
  }
}
