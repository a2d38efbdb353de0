package dev.partita.cli.golden;

import com.google.protobuf.ByteString;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/** Random constants of any type, packed here and not by the library. */
final class StoredTensors {

  private StoredTensors() {}

  /** Whole numbers, evenly drawn around a middle. */
  static TensorProto whole(String name, DataType type, int middle, int spread, long... dims) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    return tensor(name, type, i -> middle + random.nextInt(-spread, spread + 1), dims);
  }

  /** Real numbers, evenly drawn. */
  static TensorProto real(String name, DataType type, double least, double most, long... dims) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    return tensor(name, type, i -> random.nextDouble(least, most), dims);
  }

  /** Real numbers of a normal distribution. */
  static TensorProto normal(String name, DataType type, double deviation, long... dims) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    return tensor(name, type, i -> random.nextGaussian() * deviation, dims);
  }

  /** The same number everywhere. */
  static TensorProto same(String name, DataType type, double value, long... dims) {
    return tensor(name, type, i -> value, dims);
  }

  private static TensorProto tensor(
      String name, DataType type, IntToDoubleFunction values, long... dims) {
    int count = 1;
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    for (long dim : dims) {
      tensor.addDims(dim);
      count *= (int) dim;
    }
    ByteBuffer bytes = ByteBuffer.allocate(count * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      put(bytes, type, values.applyAsDouble(i));
    }
    return tensor.setRawData(ByteString.copyFrom(bytes.flip())).build();
  }

  private static void put(ByteBuffer bytes, DataType type, double value) {
    switch (type) {
      case FLOAT -> bytes.putFloat((float) value);
      case FLOAT16 -> bytes.putShort(half((float) value));
      case INT32 -> bytes.putInt((int) value);
      case INT8, UINT8 -> bytes.put((byte) (int) value);
      default -> throw new IllegalArgumentException(type.toString());
    }
  }

  /** Cut off, not rounded; numbers below the least normal one become zero. */
  private static short half(float value) {
    int bits = Float.floatToIntBits(value);
    int exponent = ((bits >>> 23) & 0xff) - 112;
    int sign = (bits >>> 16) & 0x8000;
    int rest = (exponent << 10) | ((bits >>> 13) & 0x3ff);
    return (short) (exponent <= 0 ? sign : sign | rest);
  }
}
