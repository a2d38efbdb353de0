package dev.partita.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MagnitudeGridTest {

  @Test
  void aSmallMatrixKeepsANumberForEachOfItsOwn() {
    MagnitudeGrid grid = new MagnitudeGrid(2, 3, 8);
    grid.add(1, 2, -4);
    assertThat(grid.height()).isEqualTo(2);
    assertThat(grid.width()).isEqualTo(3);
    assertThat(grid.means()).containsExactly(0, 0, 0, 0, 0, 4);
  }

  @Test
  void everyCellIsTheMeanOfWhatFallsIntoIt() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      int rows = 1 + random.nextInt(40);
      int columns = 1 + random.nextInt(40);
      MagnitudeGrid grid = new MagnitudeGrid(rows, columns, 1 + random.nextInt(20));
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          grid.add(row, column, -2.5f);
        }
      }
      // A cell that is counted too large or too small would show another mean.
      assertThat(Arrays.stream(grid.means()).boxed().toList())
          .as("%d x %d", rows, columns)
          .allSatisfy(mean -> assertThat(mean).isEqualTo(2.5, within(1e-12)));
    }
  }
}
