package dev.partita.model;

import dev.partita.onnx.TensorProto;

/** Facts about the element types of tensors. */
public final class ElementType {

  private ElementType() {}

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
}
