package dev.partita.dense.find;

import dev.partita.model.PackedBits;
import org.jspecify.annotations.Nullable;

/**
 * What MatMulNBits has instead of a matrix: {@code W[k, n] = (q - zeroPoint) * scale}, where
 * consecutive input features of one output share scale and zero point (ONNX Runtime's contrib
 * operator reference).
 *
 * @param elements q, uint8 {@code [out, blocks, blockSize * bits / 8]}, packed within each block
 * @param scales {@code [out, blocks]}, or the same as one list
 * @param zeroPoints uint8, packed along the blocks of each output: {@code [out, bytes]}, or the
 *     same as one list; or numbers of the scales' type, in their shape. Null for {@code 2^(bits -
 *     1)}
 * @param bits of each q: 2, 4 or 8
 * @param blockSize how many input features a block has, but the last, which may have fewer
 * @param in input features, K
 * @param out output features, N
 */
public record PackedWeight(
    ConstantSource elements,
    ConstantSource scales,
    @Nullable ConstantSource zeroPoints,
    int bits,
    int blockSize,
    int in,
    int out) {

  /** How many blocks an output has. */
  public int blocks() {
    return (int) (((long) in + blockSize - 1) / blockSize);
  }

  /** Bytes of the elements of one block, also where it has fewer features. */
  int blockBytes() {
    return PackedBits.bytes(blockSize, bits);
  }

  /** Whether zero points are stored in bytes, which several may share. */
  public boolean packsZeroPoints() {
    return zeroPoints != null && !zeroPoints.format().isFloating();
  }

  /** Bytes of the packed zero points of one output. */
  public int zeroPointBytes() {
    return PackedBits.bytes(blocks(), bits);
  }

  /**
   * The blocks that some input features make up, in the order of the features; null where these are
   * not whole blocks, a shorter one last.
   */
  public int @Nullable [] blocksOf(int[] features) {
    int[] blocks = new int[(features.length + blockSize - 1) / blockSize];
    for (int i = 0; i < features.length; i++) {
      if (i % blockSize == 0) {
        blocks[i / blockSize] = features[i] / blockSize;
      }
      if (features[i] != blocks[i / blockSize] * blockSize + i % blockSize) {
        return null;
      }
    }
    int end = features.length == 0 ? 0 : features[features.length - 1] + 1;
    return end % blockSize == 0 || end == in ? blocks : null;
  }
}
