package dev.partita.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.DecodeStep;
import dev.partita.model.ElementType;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real numbers as whole ones. */
class RequantizedTest {

  private static final int ROWS = 6;
  private static final int COLUMNS = 10;

  @ParameterizedTest
  @CsvSource({
    "INT8, -1, false",
    "INT8, 0, false",
    "INT8, 1, true",
    "UINT8, -1, true",
    "UINT8, 0, true",
    "UINT8, 1, true",
    "INT16, 1, false"
  })
  void noNumberIsOffByMoreThanHalfAStep(ElementType format, int axis, boolean zero) {
    ConstantSource one = ConstantSource.of(Tensors.ofFloats("one", new float[] {1}));
    @Nullable ConstantSource zeroPoint = zero ? one : null;
    DecodeStep.Linear like =
        new DecodeStep.Linear(
            NodeProto.getDefaultInstance(), false, axis, one, zeroPoint, ElementType.FLOAT);
    float[] values = new float[ROWS * COLUMNS];
    SplittableRandom random = new SplittableRandom(axis + format.bytes());
    for (int i = 0; i < values.length; i++) {
      // Rows and columns of different size, and a row and a column of zeros.
      int row = i / COLUMNS;
      int column = i % COLUMNS;
      values[i] = (float) (random.nextGaussian() * row * column);
    }
    Requantized again = Requantized.of(values, new long[] {ROWS, COLUMNS}, like, format);
    assertThat(again.scales()).hasSize(axis < 0 ? 1 : axis == 0 ? ROWS : COLUMNS);
    for (int i = 0; i < values.length; i++) {
      int place = axis < 0 ? 0 : axis == 0 ? i / COLUMNS : i % COLUMNS;
      float scale = again.scales()[place];
      float element = again.elements()[i];
      assertThat(element).isBetween((float) format.smallest(), (float) format.largest());
      assertThat((element - again.zeroPoint()) * scale - values[i])
          .isBetween(-0.501f * scale, 0.501f * scale);
    }
  }
}
