package dev.partita.repair.moments;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;
import static org.bytedeco.openblas.global.openblas.CblasUpper;
import static org.bytedeco.openblas.global.openblas.LAPACK_ROW_MAJOR;

import dev.partita.runtime.NativeLibraries;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas;

/**
 * The few products that repair needs, on one thread each: parallelism comes from independent
 * blocks, so that results do not depend on the number of threads.
 */
public final class Blas {

  static {
    NativeLibraries.prepare();
    // Outside the heap, JavaCPP would otherwise stop at the size of the heap.
    if (System.getProperty("org.bytedeco.javacpp.maxBytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
      System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    }
    openblas.blas_set_num_threads(1);
  }

  private Blas() {}

  /** A zeroed matrix outside the heap. */
  public static DoublePointer zeros(long elements) {
    DoublePointer pointer = new DoublePointer(elements);
    for (long done = 0; done < elements; done += 1 << 20) {
      double[] zero = new double[(int) Math.min(1 << 20, elements - done)];
      pointer.position(done).put(zero, 0, zero.length);
    }
    return pointer.position(0);
  }

  /** {@code gram += x' x}, upper triangle; x is {@code [rows, columns]}. */
  public static void addGram(DoublePointer x, int rows, int columns, DoublePointer gram) {
    openblas.cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasTrans, columns, rows, 1, x, columns, 1, gram, columns);
  }

  /** {@code sum += x' y}; x is {@code [rows, m]}, y is {@code [rows, n]}. */
  public static void addProduct(
      DoublePointer x, DoublePointer y, int rows, int m, int n, DoublePointer sum) {
    openblas.cblas_dgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, m, n, rows, 1, x, m, y, n, 1, sum, n);
  }

  /** {@code kernel = x x'}, upper triangle; x is {@code [rows, columns]}. */
  public static void kernel(DoublePointer x, int rows, int columns, DoublePointer kernel) {
    openblas.cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasNoTrans, rows, columns, 1, x, columns, 0, kernel, rows);
  }

  /** {@code result = x y'}; x is {@code [m, k]}, y is {@code [n, k]}. */
  public static void multiplyTransposed(
      DoublePointer x, DoublePointer y, int m, int n, int k, DoublePointer result) {
    openblas.cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, x, k, y, k, 0, result, n);
  }

  /** {@code result = x y}; x is {@code [m, k]}, y is {@code [k, n]}. */
  static void multiply(double[] x, double[] y, int m, int k, int n, double[] result) {
    openblas.cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, x, k, y, n, 0, result, n);
  }

  /** {@code gram = x x'}, upper triangle; x is {@code [rows, columns]}. */
  static void gramOfRows(double[] x, int rows, int columns, double[] gram) {
    openblas.cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasNoTrans, rows, columns, 1, x, columns, 0, gram, rows);
  }

  /** {@code sum -= x y}; x is {@code [m, k]}, y is {@code [k, n]}. */
  public static void subtractProduct(
      DoublePointer x, DoublePointer y, int m, int n, int k, DoublePointer sum) {
    openblas.cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, -1, x, k, y, n, 1, sum, n);
  }

  /** A copy that the caller closes. */
  public static DoublePointer copy(DoublePointer from, long elements) {
    DoublePointer to = new DoublePointer(elements);
    DoublePointer.memcpy(to, from, elements * Double.BYTES);
    return to;
  }

  /** {@code y -= x}. */
  public static void subtract(DoublePointer x, int elements, DoublePointer y) {
    openblas.cblas_daxpy(elements, -1, x, 1, y, 1);
  }

  /** {@code |x|^2}. */
  public static double squares(DoublePointer x, int elements) {
    return openblas.cblas_ddot(elements, x, 1, x, 1);
  }

  /** {@code result = symmetric x}; the matrix {@code [m, m]} is given by its upper triangle. */
  public static void multiplySymmetric(
      DoublePointer symmetric, DoublePointer x, int m, int n, DoublePointer result) {
    openblas.cblas_dsymm(
        CblasRowMajor, openblas.CblasLeft, CblasUpper, m, n, 1, symmetric, m, x, n, 0, result, n);
  }

  /**
   * Solves {@code a x = b} for a positive definite {@code a [m, m]} given by its upper triangle;
   * both are overwritten, b by the solution.
   *
   * @return whether a is positive definite
   */
  public static boolean solve(DoublePointer a, DoublePointer b, int m, int n) {
    return openblas.LAPACKE_dposv(LAPACK_ROW_MAJOR, (byte) 'U', m, n, a, m, b, n) == 0;
  }
}
