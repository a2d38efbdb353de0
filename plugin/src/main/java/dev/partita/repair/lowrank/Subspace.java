package dev.partita.repair.lowrank;

import dev.partita.repair.moments.Blas;
import java.util.Random;
import org.bytedeco.javacpp.DoublePointer;

/** Narrow matrices, row-major on the heap, against wide ones outside it. */
final class Subspace {

  private Subspace() {}

  /** An orthonormal basis {@code [n, rank]} of a random subspace. */
  static double[] random(int n, int rank, Random random) {
    double[] basis = new double[Math.multiplyExact(n, rank)];
    for (int i = 0; i < basis.length; i++) {
      basis[i] = random.nextGaussian();
    }
    orthonormalize(basis, n, rank);
    return basis;
  }

  /** {@code A x}; A is {@code [m, n]}, x is {@code [n, rank]}. */
  static double[] times(DoublePointer a, int m, int n, double[] x, int rank) {
    try (DoublePointer right = new DoublePointer(x);
        DoublePointer product = Blas.zeros((long) m * rank)) {
      Blas.subtractProduct(a, right, m, rank, n, product);
      double[] result = new double[m * rank];
      product.get(result);
      for (int i = 0; i < result.length; i++) {
        result[i] = -result[i];
      }
      return result;
    }
  }

  /** {@code A' x}; A is {@code [m, n]}, x is {@code [m, rank]}. */
  static double[] timesTransposed(DoublePointer a, int m, int n, double[] x, int rank) {
    try (DoublePointer right = new DoublePointer(x);
        DoublePointer product = Blas.zeros((long) n * rank)) {
      Blas.addProduct(a, right, m, n, rank, product);
      double[] result = new double[n * rank];
      product.get(result);
      return result;
    }
  }

  /** The root of {@code x_r' G x_r} for each column; G by its upper triangle. */
  static double[] lengths(DoublePointer gram, int n, double[] x, int rank) {
    double[] lengths = new double[rank];
    try (DoublePointer columns = new DoublePointer(x);
        DoublePointer product = new DoublePointer((long) n * rank)) {
      Blas.multiplySymmetric(gram, columns, n, rank, product);
      double[] image = new double[n * rank];
      product.get(image);
      for (int i = 0; i < image.length; i++) {
        lengths[i % rank] += image[i] * x[i];
      }
    }
    for (int r = 0; r < rank; r++) {
      lengths[r] = Math.sqrt(Math.max(0, lengths[r]));
    }
    return lengths;
  }

  /** Gram and Schmidt, twice for each column; what depends on columns before becomes zero. */
  static void orthonormalize(double[] basis, int n, int rank) {
    for (int r = 0; r < rank; r++) {
      double before = norm(basis, n, rank, r);
      for (int pass = 0; pass < 2; pass++) {
        for (int other = 0; other < r; other++) {
          double product = 0;
          for (int i = 0; i < n; i++) {
            product += basis[i * rank + r] * basis[i * rank + other];
          }
          for (int i = 0; i < n; i++) {
            basis[i * rank + r] -= product * basis[i * rank + other];
          }
        }
      }
      double norm = norm(basis, n, rank, r);
      double factor = norm > 1e-12 * before ? 1 / norm : 0;
      for (int i = 0; i < n; i++) {
        basis[i * rank + r] *= factor;
      }
    }
  }

  private static double norm(double[] basis, int n, int rank, int column) {
    double squares = 0;
    for (int i = 0; i < n; i++) {
      squares += basis[i * rank + column] * basis[i * rank + column];
    }
    return Math.sqrt(squares);
  }
}
