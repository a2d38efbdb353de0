package dev.partita.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.partita.UnsupportedInputException;
import dev.partita.onnx.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /** How a tensor's numbers are stored; throws for a type that has no {@link ElementType}. */
  public static ElementType format(TensorProto tensor) {
    ElementType format = ElementType.ofNumbers(tensor.getDataType());
    if (format == null) {
      throw new IllegalArgumentException(
          tensor.getName() + " is " + ElementType.name(tensor.getDataType()));
    }
    return format;
  }

  /**
   * A view of a tensor's elements, wherever they stand.
   *
   * @throws UnsupportedInputException if the stored bytes do not fit the shape
   * @throws IllegalArgumentException if the type has no {@link ElementType}
   */
  public static ElementView view(OnnxModel model, TensorProto tensor) {
    ElementType format = format(tensor);
    long bytes = byteSize(model.source().toString(), tensor);
    if (ExternalData.isExternal(tensor)) {
      return ElementView.mapped(ExternalData.locate(model.source(), tensor), format);
    }
    ByteString stored = tensor.hasRawData() ? tensor.getRawData() : typedBytes(tensor);
    requireLength(model, tensor, stored.size(), bytes);
    return ElementView.of(stored.asReadOnlyByteBuffer(), format);
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
   * A float32 tensor whose elements are in scratch space.
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

  /** The numbers of a tensor of any type of number, as doubles. */
  public static TensorProto ofDoubles(String name, OnnxModel model, TensorProto tensor) {
    ElementView view = view(model, tensor);
    TensorProto.Builder doubles =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(ElementType.DOUBLE.onnxNumber())
            .addAllDims(tensor.getDimsList());
    for (int i = 0; i < elements(name, tensor); i++) {
      doubles.addDoubleData(view.format().isFloating() ? view.get(i) : view.getLong(i));
    }
    return doubles.build();
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
              + " bytes; a tensor over 2 GiB can be copied but not changed",
          "Exclude the layers that use it with --exclude.");
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

  /** The elements of an int64 or int32 tensor of at most one axis; null for any other. */
  public static @Nullable List<Long> longs(OnnxModel model, TensorProto tensor) {
    ElementType format = ElementType.ofNumbers(tensor.getDataType());
    if ((format != ElementType.INT64 && format != ElementType.INT32) || tensor.getDimsCount() > 1) {
      return null;
    }
    ElementView view = view(model, tensor);
    List<Long> values = new ArrayList<>();
    for (long i = 0; i < view.size(); i++) {
      values.add(view.getLong(i));
    }
    return values;
  }

  /**
   * A tensor of any {@link ElementType}; numbers are rounded to it.
   *
   * @param values row-major
   */
  public static TensorProto ofNumbers(
      String name, ElementType format, float[] values, Scratch scratch, long... dims) {
    ByteBuffer bytes = scratch.allocate(Math.multiplyExact((long) values.length, format.bytes()));
    for (float value : values) {
      format.put(value, bytes);
    }
    return raw(name, format.onnxNumber(), bytes.flip(), dims);
  }
}
