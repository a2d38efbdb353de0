package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers as they are stored. */
class ElementTypeTest {

  @Test
  void everyHalfIsReadAndStoredAgain() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfPrecision.toFloat((short) bits);
      int exponent = (bits >> 10) & 0x1f;
      double expected =
          exponent == 0
              ? (bits & 0x3ff) * 0x1p-24
              : (1 + (bits & 0x3ff) * 0x1p-10) * Math.pow(2, exponent - 15);
      if (exponent == 31) {
        assertThat(Float.isFinite(value)).isFalse();
        assertThat(Float.isNaN(value)).isEqualTo((bits & 0x3ff) != 0);
      } else {
        assertThat((double) Math.abs(value)).isEqualTo(expected);
      }
      if (!Float.isNaN(value)) {
        assertThat(HalfPrecision.ofFloat(value)).isEqualTo((short) bits);
        assertThat(Float.floatToRawIntBits(value) < 0).isEqualTo(bits >= 1 << 15);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x1.002p0, 0x1.0p0",
    "0x1.006p0, 0x1.008p0",
    "0x1.0021p0, 0x1.004p0",
    "-0x1.002p0, -0x1.0p0",
    "65519.996, 65504",
    "65520, Infinity",
    "0x1.8p-25, 0x1.0p-24",
    "0x1.0p-25, 0",
    "0x1.ff8p-15, 0x1.ff8p-15",
    "0x1.ffcp-15, 0x1.0p-14"
  })
  void halvesAreRoundedToTheNearestTiesToEven(String value, String expected) {
    assertThat(ElementType.FLOAT16.rounded(Float.parseFloat(value)))
        .isEqualTo(Float.parseFloat(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "0x1.01p0, 0x1.0p0",
    "0x1.03p0, 0x1.04p0",
    "0x1.0101p0, 0x1.02p0",
    "0x1.fffffep127, Infinity"
  })
  void brainFloatsAreRoundedToTheNearestTiesToEven(String value, String expected) {
    assertThat(ElementType.BFLOAT16.rounded(Float.parseFloat(value)))
        .isEqualTo(Float.parseFloat(expected));
  }

  @Test
  void notANumberStaysOne() {
    for (ElementType format : new ElementType[] {ElementType.FLOAT16, ElementType.BFLOAT16}) {
      assertThat(format.rounded(Float.NaN)).isNaN();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, 200, 127",
    "INT8, -200, -128",
    "UINT8, -3, 0",
    "UINT8, 254.5, 254",
    "UINT8, 255.5, 255",
    "INT16, 40000, 32767",
    "UINT16, 65536, 65535",
    "INT32, 2.5, 2",
    "INT64, -3.5, -4"
  })
  void wholeNumbersAreRoundedAndSaturate(ElementType format, double value, double expected) {
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    format.put(value, bytes);
    assertThat(bytes.position()).isEqualTo(format.bytes());
    assertThat(format.read(bytes, 0)).isEqualTo(expected);
    assertThat((double) format.readFloat(bytes, 0)).isEqualTo(expected);
  }
}
