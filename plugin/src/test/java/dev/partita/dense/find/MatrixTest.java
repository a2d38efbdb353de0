package dev.partita.dense.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MatrixTest {

  private static final Matrix MATRIX = new Matrix(2, 3, new float[] {1, 2, 3, 4, 5, 6});

  private static void assertIs(Matrix matrix, int rows, float... values) {
    assertThat(matrix.rows()).isEqualTo(rows);
    assertThat(matrix.columns()).isEqualTo(values.length / rows);
    assertThat(matrix.values()).containsExactly(values);
  }

  @Test
  void itsNumbersFillIt() {
    assertThatThrownBy(() -> new Matrix(2, 2, new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 x 2");
    assertThatThrownBy(() -> new Matrix(1 << 16, 1 << 16, new float[0]))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void rowsAndColumnsAreTakenAndPutBack() {
    assertIs(MATRIX.transposed(), 3, 1, 4, 2, 5, 3, 6);
    assertIs(MATRIX.rows(new int[] {1, 0, 1}), 3, 4, 5, 6, 1, 2, 3, 4, 5, 6);
    assertIs(MATRIX.columns(new int[] {2, 0}), 2, 3, 1, 6, 4);
    int[] order = {2, 0, 1};
    assertIs(MATRIX.withColumns(order, MATRIX.columns(order)), 2, MATRIX.values());
    int[] turned = {1, 0};
    assertIs(MATRIX.withRows(turned, MATRIX.rows(turned)), 2, MATRIX.values());
    assertIs(MATRIX.withRows(new int[] {1}, new Matrix(1, 3, new float[3])), 2, 1, 2, 3, 0, 0, 0);
    assertIs(
        MATRIX.withColumns(new int[] {1}, new Matrix(2, 1, new float[2])), 2, 1, 0, 3, 4, 0, 6);
  }

  @Test
  void nothingThatIsMadeOfItChangesIt() {
    assertIs(MATRIX.times(2), 2, 2, 4, 6, 8, 10, 12);
    assertIs(MATRIX.above(new Matrix(1, 3, new float[] {7, 8, 9})), 3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertIs(MATRIX, 2, 1, 2, 3, 4, 5, 6);
  }
}
