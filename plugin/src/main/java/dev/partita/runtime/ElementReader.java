package dev.partita.runtime;

import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;

/** Reads and writes single elements of any type as doubles. */
final class ElementReader {
  private ElementReader() {}

  static double read(ElementType type, ByteBuffer data, int index) {
    return switch (type) {
      case FLOAT -> data.getFloat(index * 4);
      case DOUBLE -> data.getDouble(index * 8);
      case FLOAT16 -> Fp16Conversions.fp16ToFloat(data.getShort(index * 2));
      case BFLOAT16 -> Fp16Conversions.bf16ToFloat(data.getShort(index * 2));
      case BOOL -> data.get(index) != 0 ? 1 : 0;
      case INT8 -> data.get(index);
      case UINT8 -> Byte.toUnsignedInt(data.get(index));
      case INT16 -> data.getShort(index * 2);
      case UINT16 -> Short.toUnsignedInt(data.getShort(index * 2));
      case INT32 -> data.getInt(index * 4);
      case UINT32 -> Integer.toUnsignedLong(data.getInt(index * 4));
      case INT64 -> data.getLong(index * 8);
      case UINT64 -> unsigned(data.getLong(index * 8));
    };
  }

  /** Writes a value that the type can hold; whole numbers up to 2^53, floats rounded to nearest. */
  static void write(ElementType type, ByteBuffer data, int index, double value) {
    switch (type) {
      case FLOAT -> data.putFloat(index * 4, (float) value);
      case DOUBLE -> data.putDouble(index * 8, value);
      case FLOAT16 -> data.putShort(index * 2, Fp16Conversions.floatToFp16((float) value));
      case BFLOAT16 -> data.putShort(index * 2, Fp16Conversions.floatToBf16((float) value));
      case BOOL -> data.put(index, (byte) (value != 0 ? 1 : 0));
      case INT8, UINT8 -> data.put(index, (byte) (long) value);
      case INT16, UINT16 -> data.putShort(index * 2, (short) (long) value);
      case INT32, UINT32 -> data.putInt(index * 4, (int) (long) value);
      case INT64, UINT64 -> data.putLong(index * 8, (long) value);
    }
  }

  private static double unsigned(long bits) {
    // The lowest bit is kept in the halved value so that rounding goes the right way.
    return bits >= 0 ? (double) bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }
}
