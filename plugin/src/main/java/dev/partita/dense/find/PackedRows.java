package dev.partita.dense.find;

import dev.partita.model.ElementView;
import dev.partita.model.OnnxModel;
import dev.partita.model.PackedBits;
import dev.partita.model.Tensors;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The numbers of a {@link PackedWeight}, a row for each output. */
final class PackedRows implements StoredRows {

  private final PackedWeight weight;
  private final ElementView elements;
  private final ElementView scales;
  private final List<ElementDecoder> scaleSteps;
  private final @Nullable ElementView zeroPoints;
  private final List<ElementDecoder> zeroPointSteps;

  PackedRows(OnnxModel model, PackedWeight weight) {
    this.weight = weight;
    this.elements = Tensors.view(model, weight.elements().stored());
    this.scales = Tensors.view(model, weight.scales().stored());
    this.scaleSteps = ElementDecoder.of(model, weight.scales());
    ConstantSource zeros = weight.zeroPoints();
    this.zeroPoints = zeros == null ? null : Tensors.view(model, zeros.stored());
    this.zeroPointSteps = zeros == null ? List.of() : ElementDecoder.of(model, zeros);
  }

  @Override
  public void read(int first, int count, float[] into) {
    int blocks = weight.blocks();
    int blockBytes = weight.blockBytes();
    byte[] packed = new byte[Math.multiplyExact(blocks, blockBytes)];
    float[] scale = new float[blocks];
    float[] zero = new float[blocks];
    for (int row = 0; row < count; row++) {
      elements.copy((long) (first + row) * packed.length, packed.length, ByteBuffer.wrap(packed));
      scales.read((long) (first + row) * blocks, scale, 0, blocks);
      decode(scaleSteps, scale);
      readZeroPoints(first + row, zero);
      for (int column = 0; column < weight.in(); column++) {
        int block = column / weight.blockSize();
        int place = column % weight.blockSize();
        int element = PackedBits.get(packed, block * blockBytes, place, weight.bits());
        into[row * weight.in() + column] = (element - zero[block]) * scale[block];
      }
    }
  }

  @Override
  public void readRun(int row, int firstColumn, float[] into) {
    float[] whole = new float[weight.in()];
    read(row, 1, whole);
    System.arraycopy(whole, firstColumn, into, 0, into.length);
  }

  private void readZeroPoints(int row, float[] zero) {
    if (zeroPoints == null) {
      Arrays.fill(zero, middle());
    } else if (weight.packsZeroPoints()) {
      byte[] packed = new byte[weight.zeroPointBytes()];
      zeroPoints.copy((long) row * packed.length, packed.length, ByteBuffer.wrap(packed));
      for (int block = 0; block < zero.length; block++) {
        zero[block] = PackedBits.get(packed, 0, block, weight.bits());
      }
    } else {
      zeroPoints.read((long) row * zero.length, zero, 0, zero.length);
      decode(zeroPointSteps, zero);
    }
  }

  private float middle() {
    return 1 << (weight.bits() - 1);
  }

  private static void decode(List<ElementDecoder> steps, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = decode(steps, values[i]);
    }
  }

  private static float decode(List<ElementDecoder> steps, float stored) {
    float value = stored;
    for (ElementDecoder step : steps) {
      value = step.decode(value, 0);
    }
    return value;
  }

  @Override
  public float get(int row, int column) {
    int block = column / weight.blockSize();
    long group = (long) row * weight.blocks() + block;
    int element = number(elements, group * weight.blockBytes(), column % weight.blockSize());
    return (element - zeroPoint(row, block, group)) * decode(scaleSteps, scales.get(group));
  }

  private float zeroPoint(int row, int block, long group) {
    if (zeroPoints == null) {
      return middle();
    }
    return weight.packsZeroPoints()
        ? number(zeroPoints, (long) row * weight.zeroPointBytes(), block)
        : decode(zeroPointSteps, zeroPoints.get(group));
  }

  private int number(ElementView bytes, long from, int index) {
    int bit = index * weight.bits();
    byte[] one = {(byte) bytes.getLong(from + bit / Byte.SIZE)};
    return PackedBits.get(one, 0, bit % Byte.SIZE / weight.bits(), weight.bits());
  }
}
