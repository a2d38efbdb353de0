package dev.partita.runtime;

import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Values of one type in row-major order, outside the Java heap.
 *
 * <p>A tensor may be a view of a larger one. Whoever writes through {@link #data()} or {@link
 * #asFloatBuffer()} changes every view; nothing in this package writes to a tensor it has handed
 * out.
 *
 * @param type the element type
 * @param shape the dimensions; empty for a scalar
 * @param data a direct buffer of exactly the elements' bytes, in the machine's byte order
 */
public record Tensor(ElementType type, ImmutableLongArray shape, ByteBuffer data) {

  /**
   * Where tensors made here start in memory, in bytes. ONNX Runtime's own allocator aligns to this
   * too; kernels that peel unaligned elements off the front of a sum round differently with another
   * alignment, so a fixed one keeps results the same from run to run.
   */
  static final int ALIGNMENT = 64;

  public Tensor {
    long expected = Math.multiplyExact(elements(shape), (long) type.bytes());
    if (data.remaining() != expected) {
      throw new IllegalArgumentException(
          "A %s tensor of shape %s takes %d bytes, not %d."
              .formatted(type.label(), shape, expected, data.remaining()));
    }
    if (!data.isDirect()) {
      throw new IllegalArgumentException("A tensor's buffer must be direct.");
    }
    data = data.slice().order(ByteOrder.nativeOrder());
  }

  /** A tensor of zeros. */
  public static Tensor allocate(ElementType type, long... shape) {
    ImmutableLongArray dimensions = ImmutableLongArray.copyOf(shape);
    return new Tensor(
        type, dimensions, allocateBuffer(Math.multiplyExact(elements(dimensions), type.bytes())));
  }

  /** A float tensor holding a copy of {@code values}. */
  public static Tensor of(float[] values, long... shape) {
    Tensor tensor = allocate(ElementType.FLOAT, shape);
    tensor.asFloatBuffer().put(values);
    return tensor;
  }

  /** An int64 tensor holding a copy of {@code values}. */
  public static Tensor of(long[] values, long... shape) {
    Tensor tensor = allocate(ElementType.INT64, shape);
    tensor.data().asLongBuffer().put(values);
    return tensor;
  }

  static ByteBuffer allocateBuffer(long bytes) {
    if (bytes > Integer.MAX_VALUE - ALIGNMENT) {
      throw new IllegalArgumentException(
          "A tensor of %d bytes is over the limit of 2 GiB; use smaller batches.".formatted(bytes));
    }
    ByteBuffer block = ByteBuffer.allocateDirect((int) bytes + ALIGNMENT);
    int start = block.alignmentOffset(0, ALIGNMENT);
    start = start == 0 ? 0 : ALIGNMENT - start;
    return block.slice(start, (int) bytes).order(ByteOrder.nativeOrder());
  }

  private static long elements(ImmutableLongArray shape) {
    long product = 1;
    for (int axis = 0; axis < shape.length(); axis++) {
      if (shape.get(axis) < 0) {
        throw new IllegalArgumentException("A tensor has no negative dimension: " + shape + ".");
      }
      product = Math.multiplyExact(product, shape.get(axis));
    }
    return product;
  }

  /** The bytes, from position 0; each call returns a buffer with its own position. */
  @Override
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.nativeOrder());
  }

  /** Number of dimensions. */
  public int rank() {
    return shape.length();
  }

  /** Number of elements; fits an int because a buffer does. */
  public int elements() {
    return data.capacity() / type.bytes();
  }

  /** The elements as floats without conversion; only for a float tensor. */
  public FloatBuffer asFloatBuffer() {
    if (type != ElementType.FLOAT) {
      throw new IllegalStateException(
          "The tensor holds " + type.label() + ", not float32: convert it first.");
    }
    return data.asFloatBuffer();
  }

  /** Element {@code index} of the flattened tensor, converted to float. */
  public float floatAt(int index) {
    return type == ElementType.FLOAT ? data.getFloat(index * Float.BYTES) : (float) doubleAt(index);
  }

  /** Element {@code index} of the flattened tensor as a double; exact up to 2^53. */
  public double doubleAt(int index) {
    return type.read(data, index * type.bytes());
  }

  /** Fills {@code target} with the elements from {@code from} on, converted to double. */
  public void readDoubles(int from, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = doubleAt(from + i);
    }
  }

  /**
   * How many of {@code count} elements from {@code from} on have the same bits in a tensor of the
   * same type.
   */
  public int sameElements(Tensor other, int from, int count) {
    if (other.type != type) {
      throw new IllegalArgumentException(
          "Elements of %s and %s have no bits in common."
              .formatted(type.label(), other.type.label()));
    }
    int size = type.bytes();
    int same = 0;
    for (int i = from; i < from + count; i++) {
      same += data.slice(i * size, size).mismatch(other.data.slice(i * size, size)) < 0 ? 1 : 0;
    }
    return same;
  }

  /** All elements, converted to float. */
  public float[] toFloats() {
    float[] values = new float[elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = floatAt(i);
    }
    return values;
  }

  /** This tensor if it holds floats, else a converted copy. */
  public Tensor toFloat() {
    return type == ElementType.FLOAT ? this : of(toFloats(), shape.toArray());
  }

  /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the first axis, without a copy. */
  public Tensor rows(int from, int to) {
    int rowBytes = shape.get(0) == 0 ? 0 : Math.toIntExact(data.capacity() / shape.get(0));
    long[] dimensions = shape.toArray();
    dimensions[0] = (long) to - from;
    return new Tensor(
        type,
        ImmutableLongArray.copyOf(dimensions),
        data.slice(from * rowBytes, (to - from) * rowBytes));
  }

  /** A copy that shares nothing with {@code tensor}. */
  public static Tensor copyOf(Tensor tensor) {
    ByteBuffer bytes = allocateBuffer(tensor.data.capacity());
    bytes.put(0, tensor.data, 0, tensor.data.capacity());
    return new Tensor(tensor.type, tensor.shape, bytes);
  }

  boolean isAligned() {
    return data.capacity() == 0 || data.alignmentOffset(0, ALIGNMENT) == 0;
  }
}
