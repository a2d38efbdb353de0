package dev.partita.runtime;

import dev.partita.model.ElementType;
import dev.partita.onnx.TensorProto;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** Reads tensor messages of test data into tensors outside the heap. */
final class TensorProtos {
  private TensorProtos() {}

  static Tensor read(Path file, TensorProto proto) {
    ElementType type = ElementType.of(proto.getDataType());
    if (type == null) {
      throw new DataException(
          "%s is of type %s, which is not supported as an input."
              .formatted(file, typeName(proto.getDataType())),
          "Store the tensor as numbers or booleans.");
    }
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      throw new DataException(
          file + " stores its values in another file, which is not allowed in test data.",
          "Store the values in the tensor itself.");
    }
    long[] shape = proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
    Tensor tensor;
    try {
      tensor = Tensor.allocate(type, shape);
    } catch (IllegalArgumentException | ArithmeticException impossible) {
      throw new DataException(
          "%s has the impossible shape %s.".formatted(file, proto.getDimsList()),
          "The file is damaged; write it again.",
          impossible);
    }
    if (proto.hasRawData()) {
      requireLength(file, proto.getRawData().size(), tensor.data().capacity(), "bytes");
      proto.getRawData().copyTo(tensor.data());
    } else {
      fill(file, proto, tensor);
    }
    return tensor;
  }

  private static void fill(Path file, TensorProto proto, Tensor tensor) {
    ByteBuffer data = tensor.data();
    List<? extends Number> values =
        switch (tensor.type()) {
          case FLOAT -> proto.getFloatDataList();
          case DOUBLE -> proto.getDoubleDataList();
          case INT64 -> proto.getInt64DataList();
          case UINT32, UINT64 -> proto.getUint64DataList();
          case UINT8, INT8, UINT16, INT16, INT32, BOOL, FLOAT16, BFLOAT16 ->
              proto.getInt32DataList();
        };
    requireLength(file, values.size(), tensor.elements(), "values");
    for (int i = 0; i < values.size(); i++) {
      Number value = values.get(i);
      switch (tensor.type()) {
        case FLOAT -> data.putFloat(value.floatValue());
        case DOUBLE -> data.putDouble(value.doubleValue());
        case INT64, UINT64 -> data.putLong(value.longValue());
        case UINT32, INT32 -> data.putInt(value.intValue());
        // Half-precision values are in the int32 field as their bits.
        case UINT16, INT16, FLOAT16, BFLOAT16 -> data.putShort(value.shortValue());
        case UINT8, INT8, BOOL -> data.put(value.byteValue());
      }
    }
  }

  private static void requireLength(Path file, int found, int expected, String unit) {
    if (found != expected) {
      throw new DataException(
          "%s contains %d %s, but its shape needs %d.".formatted(file, found, unit, expected),
          "The file is damaged; write it again.");
    }
  }

  private static String typeName(int number) {
    TensorProto.DataType type = TensorProto.DataType.forNumber(number);
    return type == null ? "number " + number : type.name();
  }
}
