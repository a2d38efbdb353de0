package dev.partita.model;

import dev.partita.onnx.TensorProto;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The element types that tensors are computed in, and how one number is stored. Byte order is that
 * of the buffer. Constants are in ONNX's order.
 */
public enum ElementType {
  FLOAT("float32", "f4", 1, 4),
  UINT8("uint8", "u1", 2, 1),
  INT8("int8", "i1", 3, 1),
  UINT16("uint16", "u2", 4, 2),
  INT16("int16", "i2", 5, 2),
  INT32("int32", "i4", 6, 4),
  INT64("int64", "i8", 7, 8),
  BOOL("bool", "b1", 9, 1),
  FLOAT16("float16", "f2", 10, 2),
  DOUBLE("float64", "f8", 11, 8),
  UINT32("uint32", "u4", 12, 4),
  UINT64("uint64", "u8", 13, 8),
  /** NumPy has no such type; arrays of the {@code ml_dtypes} package are stored as raw V2. */
  BFLOAT16("bfloat16", "V2", 16, 2);

  private final String label;
  private final String numpyCode;
  private final int onnxNumber;
  private final int bytes;

  ElementType(String label, String numpyCode, int onnxNumber, int bytes) {
    this.label = label;
    this.numpyCode = numpyCode;
    this.onnxNumber = onnxNumber;
    this.bytes = bytes;
  }

  /** The type with this number in {@code TensorProto.DataType}; null where it is none of these. */
  public static @Nullable ElementType of(int onnxNumber) {
    for (ElementType type : values()) {
      if (type.onnxNumber == onnxNumber) {
        return type;
      }
    }
    return null;
  }

  /** Likewise, of the types that weights, scales and zero points come in. */
  public static @Nullable ElementType ofNumbers(int onnxNumber) {
    ElementType type = of(onnxNumber);
    return type != null && type.isNumber() ? type : null;
  }

  /** The type of a NumPy type string, without the byte order. */
  public static Optional<ElementType> ofNumpy(String code) {
    for (ElementType type : values()) {
      if (type.numpyCode.equals(code)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /**
   * The size of one element in bits, as stored in {@code raw_data} or external data; 0 for types
   * without a fixed size (strings, undefined) and for numbers newer than this schema.
   */
  public static int bits(int dataType) {
    TensorProto.DataType type = TensorProto.DataType.forNumber(dataType);
    if (type == null) {
      return 0;
    }
    return switch (type) {
      case UNDEFINED, STRING -> 0;
      case UINT2, INT2 -> 2;
      case UINT4, INT4, FLOAT4E2M1 -> 4;
      case FLOAT6E2M3, FLOAT6E3M2 -> 6;
      case UINT8,
          INT8,
          BOOL,
          FLOAT8E4M3FN,
          FLOAT8E4M3FNUZ,
          FLOAT8E5M2,
          FLOAT8E5M2FNUZ,
          FLOAT8E8M0 ->
          8;
      case UINT16, INT16, FLOAT16, BFLOAT16 -> 16;
      case FLOAT, INT32, UINT32 -> 32;
      case DOUBLE, INT64, UINT64, COMPLEX64 -> 64;
      case COMPLEX128 -> 128;
    };
  }

  /** The name of a type as the standard writes it, or its number where it is not known. */
  public static String name(int dataType) {
    TensorProto.DataType type = TensorProto.DataType.forNumber(dataType);
    return type == null ? "type " + dataType : type.name();
  }

  /** NumPy's name of the type, as messages show it. */
  public String label() {
    return label;
  }

  /** Kind and size as in a NumPy type string, without the byte order: {@code f4}. */
  public String numpyCode() {
    return numpyCode;
  }

  /** The number of {@code TensorProto.DataType}. */
  public int onnxNumber() {
    return onnxNumber;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether numbers have fractions. */
  public boolean isFloating() {
    return switch (this) {
      case FLOAT, FLOAT16, DOUBLE, BFLOAT16 -> true;
      case UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, UINT32, UINT64 -> false;
    };
  }

  /** Whether weights, scales and zero points come in it. */
  public boolean isNumber() {
    return this != BOOL && this != UINT32 && this != UINT64;
  }

  /** Whether values are whole numbers; false for booleans. */
  public boolean isInteger() {
    return !isFloating() && this != BOOL;
  }

  /** The smallest whole number that can be stored; only for types without fractions. */
  public long smallest() {
    return switch (this) {
      case INT8 -> Byte.MIN_VALUE;
      case INT16 -> Short.MIN_VALUE;
      case INT32 -> Integer.MIN_VALUE;
      case INT64 -> Long.MIN_VALUE;
      case UINT8, UINT16, UINT32, UINT64, BOOL -> 0;
      case FLOAT, FLOAT16, DOUBLE, BFLOAT16 -> throw fractions();
    };
  }

  /** The largest whole number that can be stored, of what a long holds; likewise. */
  public long largest() {
    return switch (this) {
      case BOOL -> 1;
      case INT8 -> Byte.MAX_VALUE;
      case UINT8 -> 255;
      case INT16 -> Short.MAX_VALUE;
      case UINT16 -> 65535;
      case INT32 -> Integer.MAX_VALUE;
      case UINT32 -> 0xffffffffL;
      case INT64, UINT64 -> Long.MAX_VALUE;
      case FLOAT, FLOAT16, DOUBLE, BFLOAT16 -> throw fractions();
    };
  }

  private IllegalStateException fractions() {
    return new IllegalStateException(this + " has fractions");
  }

  /**
   * A number.
   *
   * @param at index of its first byte
   */
  public double read(ByteBuffer from, int at) {
    return switch (this) {
      case FLOAT -> from.getFloat(at);
      case DOUBLE -> from.getDouble(at);
      case FLOAT16 -> HalfPrecision.toFloat(from.getShort(at));
      case BFLOAT16 -> Float.intBitsToFloat(from.getShort(at) << 16);
      case BOOL -> from.get(at) != 0 ? 1 : 0;
      case INT8 -> from.get(at);
      case UINT8 -> Byte.toUnsignedInt(from.get(at));
      case INT16 -> from.getShort(at);
      case UINT16 -> Short.toUnsignedInt(from.getShort(at));
      case INT32 -> from.getInt(at);
      case UINT32 -> Integer.toUnsignedLong(from.getInt(at));
      case INT64 -> from.getLong(at);
      case UINT64 -> unsigned(from.getLong(at));
    };
  }

  float readFloat(ByteBuffer from, int at) {
    // By way of a double it would be rounded twice.
    return this == INT64 ? from.getLong(at) : (float) read(from, at);
  }

  private static double unsigned(long bits) {
    // The lowest bit is kept in the halved value so that rounding goes the right way.
    return bits >= 0 ? (double) bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }

  /** Reads {@code count} numbers from the start of a buffer. */
  void read(ByteBuffer from, float[] into, int at, int count) {
    if (this == FLOAT) {
      from.asFloatBuffer().get(into, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      into[at + i] = readFloat(from, i * bytes);
    }
  }

  /** Puts a number, rounded to the nearest that can be stored, ties to even. */
  public void put(double value, ByteBuffer into) {
    switch (this) {
      case FLOAT -> into.putFloat((float) value);
      case DOUBLE -> into.putDouble(value);
      case FLOAT16 -> into.putShort(HalfPrecision.ofFloat((float) value));
      case BFLOAT16 -> into.putShort(HalfPrecision.brainOfFloat((float) value));
      case BOOL -> into.put((byte) (value != 0 ? 1 : 0));
      case INT8, UINT8 -> into.put((byte) whole(value));
      case INT16, UINT16 -> into.putShort((short) whole(value));
      case INT32, UINT32 -> into.putInt((int) whole(value));
      case INT64, UINT64 -> into.putLong(whole(value));
    }
  }

  private long whole(double value) {
    return Math.max(smallest(), Math.min(largest(), (long) Math.rint(value)));
  }

  /** A number as it reads back after being stored. */
  public float rounded(float value) {
    return switch (this) {
      case FLOAT, DOUBLE -> value;
      case FLOAT16 -> HalfPrecision.toFloat(HalfPrecision.ofFloat(value));
      case BFLOAT16 -> Float.intBitsToFloat(HalfPrecision.brainOfFloat(value) << 16);
      case UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, UINT32, UINT64 -> whole(value);
    };
  }
}
