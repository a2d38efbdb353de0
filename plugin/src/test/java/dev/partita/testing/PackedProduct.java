package dev.partita.testing;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A MatMulNBits with random constants, packed here and not by the library: number i of a run stands
 * at bit {@code i * bits} from its start.
 *
 * @param zeros how zero points are given
 * @param type of scales, bias and activation
 * @param flat whether scales and zero points are lists, as older quantizers wrote them
 * @param accuracy the attribute accuracy_level; -1 to leave it out
 */
public record PackedProduct(
    int in,
    int out,
    int bits,
    int blockSize,
    Zeros zeros,
    ElementType type,
    boolean flat,
    boolean bias,
    int accuracy) {

  /** How zero points are given. */
  public enum Zeros {
    ABSENT,
    PACKED,
    NUMBERS
  }

  /** A plain one in float32. */
  public static PackedProduct of(int in, int out, int bits, int blockSize) {
    return new PackedProduct(
        in, out, bits, blockSize, Zeros.ABSENT, ElementType.FLOAT, false, false, -1);
  }

  /** The same with zero points. */
  public PackedProduct with(Zeros other) {
    return new PackedProduct(in, out, bits, blockSize, other, type, flat, bias, accuracy);
  }

  /** The same with a bias. */
  public PackedProduct withBias() {
    return new PackedProduct(in, out, bits, blockSize, zeros, type, flat, true, accuracy);
  }

  /** The same in another type. */
  public PackedProduct in(ElementType other) {
    return new PackedProduct(in, out, bits, blockSize, zeros, other, flat, bias, accuracy);
  }

  /** The same with lists in the place of matrices. */
  public PackedProduct flattened() {
    return new PackedProduct(in, out, bits, blockSize, zeros, type, true, bias, accuracy);
  }

  /** The same with a wanted accuracy. */
  public PackedProduct withAccuracy(int level) {
    return new PackedProduct(in, out, bits, blockSize, zeros, type, flat, bias, level);
  }

  private int blocks() {
    return (in + blockSize - 1) / blockSize;
  }

  /** Adds the node and its constants to a graph; their names begin with the node's. */
  public GraphBuilder add(GraphBuilder graph, String name, String input, String output) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    int blobs = out * blocks();
    graph.initializer(
        packed(name + "/b", random, blobs, blockSize, out, blocks(), blockSize * bits / 8));
    long[] each = flat ? new long[] {blobs} : new long[] {out, blocks()};
    graph.initializer(numbers(name + "/scales", random, blobs, 0.01, 0.1, each));
    String zeroPoints = "";
    if (zeros == Zeros.PACKED) {
      zeroPoints = name + "/zeros";
      int bytes = (blocks() * bits + 7) / 8;
      long[] dims = flat ? new long[] {(long) out * bytes} : new long[] {out, bytes};
      graph.initializer(packed(zeroPoints, random, out, blocks(), dims));
    } else if (zeros == Zeros.NUMBERS) {
      zeroPoints = name + "/zeros";
      graph.initializer(numbers(zeroPoints, random, blobs, 0, 1 << bits, each));
    }
    if (bias) {
      graph.initializer(numbers(name + "/bias", random, out, -1, 1, out));
    }
    String inputs = input + ", " + name + "/b, " + name + "/scales";
    if (bias) {
      inputs += ", " + zeroPoints + ", , " + name + "/bias";
    } else if (!zeroPoints.isEmpty()) {
      inputs += ", " + zeroPoints;
    }
    List<AttributeProto> attributes =
        new ArrayList<>(
            List.of(
                Attributes.integer("K", in),
                Attributes.integer("N", out),
                Attributes.integer("bits", bits),
                Attributes.integer("block_size", blockSize)));
    if (accuracy >= 0) {
      attributes.add(Attributes.integer("accuracy_level", accuracy));
    }
    return graph.node(
        name,
        "com.microsoft::MatMulNBits",
        inputs,
        output,
        attributes.toArray(new AttributeProto[0]));
  }

  private TensorProto numbers(
      String name, SplittableRandom random, int count, double least, double most, long... dims) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(least, most);
    }
    return Tensors.ofNumbers(name, type, values, Scratch.onHeap(), dims);
  }

  /** So many runs of so many numbers, each run in bytes of its own. */
  private TensorProto packed(
      String name, SplittableRandom random, int runs, int length, long... dims) {
    int bytes = (length * bits + 7) / 8;
    ByteBuffer all = ByteBuffer.allocate(runs * bytes);
    for (int run = 0; run < runs; run++) {
      for (int i = 0; i < length; i++) {
        int at = run * bytes + i * bits / 8;
        int shifted = random.nextInt(1 << bits) << i * bits % 8;
        all.put(at, (byte) (all.get(at) | shifted));
      }
    }
    return Tensors.ofBytes(name, DataType.UINT8_VALUE, all, dims);
  }
}
