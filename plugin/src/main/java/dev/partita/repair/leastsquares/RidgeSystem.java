package dev.partita.repair.leastsquares;

import dev.partita.repair.moments.Blas;
import dev.partita.repair.moments.Moments;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/** The equations of a ridge regression, to be solved for several ridges. */
public interface RidgeSystem extends AutoCloseable {

  /** The equations that are smaller: one for each input, or one for each row. */
  static RidgeSystem of(Moments fit, Moments heldOut) {
    return fit.hasRows() && heldOut.hasRows()
        ? new RowSystem(fit, heldOut)
        : new InputSystem(fit, heldOut);
  }

  /**
   * A solution, which the caller closes; null where rounding leaves none.
   *
   * @param ridge added to the diagonal, in units of squared inputs
   */
  @Nullable DoublePointer solve(double ridge);

  /** Sum of squares that a solution leaves on the held-out rows, about the means of the others. */
  double heldOutError(DoublePointer solution);

  /** The change of weights that a solution represents, {@code [K, N]}, row-major. */
  double[] weight(DoublePointer solution);

  @Override
  void close();

  /**
   * Solves {@code (symmetric + ridge) x = right}; null where that is not positive definite.
   *
   * @param symmetric {@code [size, size]}, upper triangle; left as it is
   * @param right {@code [size, columns]}; left as it is
   */
  static @Nullable DoublePointer solve(
      DoublePointer symmetric, DoublePointer right, int size, int columns, double ridge) {
    int elements = Math.multiplyExact(size, columns);
    try (DoublePointer a = Blas.copy(symmetric, (long) size * size)) {
      for (int i = 0; i < size; i++) {
        long diagonal = (long) i * size + i;
        a.put(diagonal, a.get(diagonal) + ridge);
      }
      DoublePointer x = Blas.copy(right, elements);
      if (Blas.solve(a, x, size, columns) && Double.isFinite(Blas.squares(x, elements))) {
        return x;
      }
      x.close();
      return null;
    }
  }
}
