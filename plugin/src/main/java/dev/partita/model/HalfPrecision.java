package dev.partita.model;

/** IEEE 754 binary16 and bfloat16, which Java 17 cannot convert. */
final class HalfPrecision {

  private static final int SIGN = 0x8000;
  private static final int INFINITY = 0x7c00;
  private static final int QUIET_NAN = 0x7e00;

  private HalfPrecision() {}

  static float toFloat(short half) {
    int sign = (half & SIGN) << 16;
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    if (exponent == 31) {
      return Float.intBitsToFloat(sign | 0x7f800000 | (fraction << 13));
    }
    return Float.intBitsToFloat(sign | ((exponent + 112) << 23) | (fraction << 13));
  }

  /** Nearest, ties to even; what is too large becomes infinite. */
  static short ofFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & SIGN;
    if (Float.isNaN(value)) {
      return (short) (sign | QUIET_NAN);
    }
    float magnitude = Math.abs(value);
    if (magnitude >= 65520f) {
      return (short) (sign | INFINITY);
    }
    if (magnitude < 0x1p-14f) {
      // Subnormal: a whole multiple of 2^-24; 1024 of them are the smallest normal number.
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24));
    }
    return (short) (sign | (roundedShift(bits & 0x7fffffff, 13) - (112 << 10)));
  }

  static short brainOfFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) roundedShift(bits, 16);
  }

  /** Drops low bits of a magnitude, rounding to nearest, ties to even. */
  private static int roundedShift(int bits, int drop) {
    int half = (1 << (drop - 1)) - 1;
    return (bits + half + ((bits >>> drop) & 1)) >>> drop;
  }
}
