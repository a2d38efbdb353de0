package dev.partita.runtime;

import java.util.Optional;

/** The element types that tensors of a session may have. Constants stand in ONNX's order. */
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

  /** NumPy's name of the type, as messages show it. */
  public String label() {
    return label;
  }

  /** Kind and size as in a NumPy type string, without the byte order: {@code f4}. */
  String numpyCode() {
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

  /** Whether values are floating point, of any width. */
  public boolean isFloat() {
    return switch (this) {
      case FLOAT, FLOAT16, DOUBLE, BFLOAT16 -> true;
      case UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, UINT32, UINT64 -> false;
    };
  }

  /** Whether values are whole numbers; false for booleans. */
  public boolean isInteger() {
    return !isFloat() && this != BOOL;
  }

  /** The type with this number in {@code TensorProto.DataType}, empty where it is not supported. */
  public static Optional<ElementType> ofOnnx(int number) {
    for (ElementType type : values()) {
      if (type.onnxNumber == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  static Optional<ElementType> ofNumpy(String code) {
    for (ElementType type : values()) {
      if (type.numpyCode.equals(code)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
