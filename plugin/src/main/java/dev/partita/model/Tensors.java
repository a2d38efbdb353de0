package dev.partita.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.partita.UnsupportedInputException;
import dev.partita.onnx.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sizes, views and new values of tensors. */
public final class Tensors {

  private Tensors() {}

  /**
   * The number of elements.
   *
   * @param file named in the refusal
   * @throws UnsupportedInputException if a dimension is negative or the product overflows
   */
  public static long elements(String file, TensorProto tensor) {
    long product = 1;
    try {
      for (long dim : tensor.getDimsList()) {
        if (dim < 0) {
          throw new ArithmeticException("negative");
        }
        product = Math.multiplyExact(product, dim);
      }
      return product;
    } catch (ArithmeticException e) {
      throw new UnsupportedInputException(
          file + ": tensor '" + tensor.getName() + "': impossible shape " + tensor.getDimsList(),
          "The file is damaged; export the model again.");
    }
  }

  /**
   * The bytes that a tensor's elements take, packed types rounded up.
   *
   * @param file named in the refusal
   */
  public static long byteSize(String file, TensorProto tensor) {
    int bits = ElementType.bits(tensor.getDataType());
    try {
      return Math.addExact(Math.multiplyExact(elements(file, tensor), (long) bits), 7) / 8;
    } catch (ArithmeticException e) {
      throw new UnsupportedInputException(
          file + ": tensor '" + tensor.getName() + "': impossible shape " + tensor.getDimsList(),
          "The file is damaged; export the model again.");
    }
  }

  /** Whether a tensor is 32-bit floating point. */
  public static boolean isFloat(TensorProto tensor) {
    return tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE;
  }

  /**
   * A view of a float32 tensor's elements, wherever they stand.
   *
   * @throws UnsupportedInputException if the stored bytes do not fit the shape
   */
  public static FloatView floats(OnnxModel model, TensorProto tensor) {
    if (!isFloat(tensor)) {
      throw new IllegalArgumentException(tensor.getName() + " is not float32");
    }
    long count = elements(model.source().toString(), tensor);
    if (ExternalData.isExternal(tensor)) {
      return FloatView.mapped(ExternalData.locate(model.source(), tensor));
    }
    if (tensor.hasRawData()) {
      requireLength(model, tensor, tensor.getRawData().size(), Math.multiplyExact(count, 4L));
      return FloatView.of(tensor.getRawData().asReadOnlyByteBuffer());
    }
    requireLength(model, tensor, tensor.getFloatDataCount(), count);
    return FloatView.of(tensor.getFloatDataList());
  }

  private static void requireLength(OnnxModel model, TensorProto tensor, long found, long needed) {
    if (found != needed) {
      throw new UnsupportedInputException(
          model.source()
              + ": tensor '"
              + tensor.getName()
              + "' of shape "
              + tensor.getDimsList()
              + " needs "
              + needed
              + " and holds "
              + found,
          "The file is damaged; export the model again.");
    }
  }

  /** A float32 tensor in {@code raw_data}. */
  public static TensorProto ofFloats(String name, float[] values, long... dims) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, 4)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return raw(name, TensorProto.DataType.FLOAT_VALUE, bytes, dims);
  }

  /**
   * A float32 tensor whose elements stand in scratch space.
   *
   * @throws UnsupportedInputException above 2 GiB
   */
  public static TensorProto ofFloats(Scratch scratch, String name, float[] values, long... dims) {
    ByteBuffer bytes = scratch.allocate(4L * values.length);
    bytes.asFloatBuffer().put(values);
    return ofBytes(name, TensorProto.DataType.FLOAT_VALUE, bytes, dims);
  }

  /**
   * A tensor whose {@code raw_data} is the rest of a buffer, which is not copied and must not
   * change any more.
   *
   * @param type its element type, a number of {@link TensorProto.DataType}
   */
  public static TensorProto ofBytes(String name, int type, ByteBuffer bytes, long... dims) {
    return raw(name, type, bytes, dims);
  }

  /** An int64 tensor in {@code raw_data}. */
  public static TensorProto ofLongs(String name, long[] values, long... dims) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, 8)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return raw(name, TensorProto.DataType.INT64_VALUE, bytes, dims);
  }

  private static TensorProto raw(String name, int type, ByteBuffer bytes, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .setRawData(UnsafeByteOperations.unsafeWrap(bytes));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }

  /**
   * The elements of a tensor of any whole-byte type, as {@code raw_data} would hold them.
   *
   * @throws UnsupportedInputException if the type has no whole bytes, or the length is off
   */
  public static ByteString rawBytes(OnnxModel model, TensorProto tensor) {
    long size = byteSize(model.source().toString(), tensor);
    if (size > Integer.MAX_VALUE) {
      throw new UnsupportedInputException(
          model.source()
              + ": tensor '"
              + tensor.getName()
              + "': has "
              + size
              + " bytes, and over 2 GiB it can be copied but not changed",
          "Leave the layers alone that it belongs to, with --exclude.");
    }
    if (ExternalData.isExternal(tensor)) {
      ExternalData data = ExternalData.locate(model.source(), tensor);
      return UnsafeByteOperations.unsafeWrap(MappedRange.map(data.file(), data.offset(), size));
    }
    ByteString bytes = tensor.hasRawData() ? tensor.getRawData() : typedBytes(tensor);
    requireLength(model, tensor, bytes.size(), size);
    return bytes;
  }

  private static ByteString typedBytes(TensorProto tensor) {
    int width = ElementType.bits(tensor.getDataType()) / 8;
    int count =
        Math.max(
            Math.max(tensor.getFloatDataCount(), tensor.getDoubleDataCount()),
            Math.max(
                Math.max(tensor.getInt32DataCount(), tensor.getInt64DataCount()),
                tensor.getUint64DataCount()));
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(count, width)).order(ByteOrder.LITTLE_ENDIAN);
    tensor.getFloatDataList().forEach(bytes::putFloat);
    tensor.getDoubleDataList().forEach(bytes::putDouble);
    tensor.getInt64DataList().forEach(bytes::putLong);
    tensor.getUint64DataList().forEach(v -> putInteger(bytes, v, width));
    tensor.getInt32DataList().forEach(v -> putInteger(bytes, v, width));
    return UnsafeByteOperations.unsafeWrap(bytes.flip());
  }

  private static void putInteger(ByteBuffer bytes, long value, int width) {
    switch (width) {
      case 1 -> bytes.put((byte) value);
      case 2 -> bytes.putShort((short) value);
      case 4 -> bytes.putInt((int) value);
      default -> bytes.putLong(value);
    }
  }

  /**
   * Selects columns of the last axis, for a tensor of any whole-byte type.
   *
   * @param name of the new tensor, whose shape is {@code [..., columns.length]}
   */
  public static TensorProto selectLast(
      OnnxModel model, TensorProto tensor, int[] columns, String name) {
    return selectLast(Scratch.onHeap(), model, tensor, columns, name);
  }

  /** The same with the new elements in scratch space. */
  public static TensorProto selectLast(
      Scratch scratch, OnnxModel model, TensorProto tensor, int[] columns, String name) {
    int width = ElementType.bits(tensor.getDataType()) / 8;
    if (width == 0 || tensor.getDimsCount() == 0) {
      throw new IllegalArgumentException(tensor.getName() + " cannot be cut along its last axis");
    }
    ByteBuffer from = rawBytes(model, tensor).asReadOnlyByteBuffer().slice();
    int last = Math.toIntExact(tensor.getDims(tensor.getDimsCount() - 1));
    int rows = last == 0 ? 0 : from.remaining() / width / last;
    ByteBuffer to = scratch.allocate((long) rows * columns.length * width);
    for (int row = 0; row < rows; row++) {
      for (int column : columns) {
        int at = (row * last + column) * width;
        to.put(from.slice(at, width));
      }
    }
    TensorProto.Builder selected =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(tensor.getDataType())
            .addAllDims(tensor.getDimsList().subList(0, tensor.getDimsCount() - 1))
            .addDims(columns.length)
            .setRawData(UnsafeByteOperations.unsafeWrap(to.flip()));
    return selected.build();
  }
}
