package dev.partita.model;

import dev.partita.onnx.TensorProto;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How one number of a tensor is stored, little endian: the element types that weights and their
 * scales come in.
 */
public enum NumberFormat {
  FLOAT(4, true),
  DOUBLE(8, true),
  FLOAT16(2, true),
  BFLOAT16(2, true),
  INT8(1, false),
  UINT8(1, false),
  INT16(2, false),
  UINT16(2, false),
  INT32(4, false),
  INT64(8, false);

  private final int bytes;
  private final boolean floating;

  NumberFormat(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /** The format of an ONNX element type; null for types that are no such numbers. */
  public static @Nullable NumberFormat of(int dataType) {
    TensorProto.DataType type = TensorProto.DataType.forNumber(dataType);
    if (type == null) {
      return null;
    }
    return switch (type) {
      case FLOAT -> FLOAT;
      case DOUBLE -> DOUBLE;
      case FLOAT16 -> FLOAT16;
      case BFLOAT16 -> BFLOAT16;
      case INT8 -> INT8;
      case UINT8 -> UINT8;
      case INT16 -> INT16;
      case UINT16 -> UINT16;
      case INT32 -> INT32;
      case INT64 -> INT64;
      default -> null;
    };
  }

  /** The ONNX element type. */
  public int dataType() {
    return TensorProto.DataType.valueOf(name()).getNumber();
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether numbers have fractions. */
  public boolean isFloating() {
    return floating;
  }

  /** The smallest whole number that can be stored; only for formats without fractions. */
  public long smallest() {
    return switch (this) {
      case INT8 -> Byte.MIN_VALUE;
      case INT16 -> Short.MIN_VALUE;
      case INT32 -> Integer.MIN_VALUE;
      case INT64 -> Long.MIN_VALUE;
      case UINT8, UINT16 -> 0;
      default -> throw new IllegalStateException(this + " has fractions");
    };
  }

  /** The largest whole number that can be stored; only for formats without fractions. */
  public long largest() {
    return switch (this) {
      case INT8 -> Byte.MAX_VALUE;
      case UINT8 -> 255;
      case INT16 -> Short.MAX_VALUE;
      case UINT16 -> 65535;
      case INT32 -> Integer.MAX_VALUE;
      case INT64 -> Long.MAX_VALUE;
      default -> throw new IllegalStateException(this + " has fractions");
    };
  }

  double readDouble(ByteBuffer from, int at) {
    return switch (this) {
      case DOUBLE -> from.getDouble(at);
      case INT32 -> from.getInt(at);
      case INT64 -> from.getLong(at);
      default -> read(from, at);
    };
  }

  float read(ByteBuffer from, int at) {
    return switch (this) {
      case FLOAT -> from.getFloat(at);
      case DOUBLE -> (float) from.getDouble(at);
      case FLOAT16 -> HalfPrecision.toFloat(from.getShort(at));
      case BFLOAT16 -> Float.intBitsToFloat(from.getShort(at) << 16);
      case INT8 -> from.get(at);
      case UINT8 -> from.get(at) & 0xff;
      case INT16 -> from.getShort(at);
      case UINT16 -> from.getShort(at) & 0xffff;
      case INT32 -> from.getInt(at);
      case INT64 -> from.getLong(at);
    };
  }

  /** Reads {@code count} numbers from the start of a buffer. */
  void read(ByteBuffer from, float[] into, int at, int count) {
    if (this == FLOAT) {
      from.asFloatBuffer().get(into, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      into[at + i] = read(from, i * bytes);
    }
  }

  /** Puts a number, rounded to the nearest that can be stored, ties to even. */
  public void put(double value, ByteBuffer into) {
    switch (this) {
      case FLOAT -> into.putFloat((float) value);
      case DOUBLE -> into.putDouble(value);
      case FLOAT16 -> into.putShort(HalfPrecision.ofFloat((float) value));
      case BFLOAT16 -> into.putShort(HalfPrecision.brainOfFloat((float) value));
      case INT8, UINT8 -> into.put((byte) whole(value));
      case INT16, UINT16 -> into.putShort((short) whole(value));
      case INT32 -> into.putInt((int) whole(value));
      case INT64 -> into.putLong(whole(value));
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
      default -> whole(value);
    };
  }
}
