package dev.partita.rewrite;

import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.PackedWeight;
import dev.partita.model.Attributes;
import dev.partita.model.ElementView;
import dev.partita.model.PackedBits;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.rewrite.ConstantEmitter.Place;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Emits parts of weights that share bytes, scales and zero points: whole blocks of some outputs,
 * each with the bits that it has.
 *
 * <pre>
 *   MatMulNBits(A, B, scales, zero_points, K, N)
 *   MatMulNBits(A_p, B[J_p, blocks of I_p], scales[likewise], zero_points[likewise], K_p, N_p)
 * </pre>
 *
 * Zero points of fewer than eight bits move to other places in their bytes.
 */
final class PackedEmitter {

  private final Emission emission;
  private final ConstantEmitter constants;

  PackedEmitter(Emission emission, ConstantEmitter constants) {
    this.emission = emission;
    this.constants = constants;
  }

  /**
   * Gives a node a part of the weight.
   *
   * @param ins features of the input, whole blocks in any order, a shorter one last
   * @param outs features of the output
   */
  void emit(Place place, PackedWeight weight, int[] ins, int[] outs, NodeProto.Builder node) {
    int[] blocks = weight.blocksOf(ins);
    if (blocks == null) {
      throw new IllegalArgumentException(place.origin() + " would lose a part of a block");
    }
    int[][] selection = {outs, blocks, null};
    node.setInput(1, constants.part(place, weight.elements(), Arrays.asList(selection)));
    node.setInput(2, perBlock(place, weight, weight.scales(), blocks, outs));
    ConstantSource zeros = weight.zeroPoints();
    if (zeros != null) {
      node.setInput(
          3,
          weight.packsZeroPoints()
              ? zeroPoints(place, weight, zeros, blocks, outs)
              : perBlock(place, weight, zeros, blocks, outs));
    }
    NodeProto sized = Attributes.withInteger(node.build(), "K", ins.length).build();
    node.clear().mergeFrom(Attributes.withInteger(sized, "N", outs.length).build());
  }

  private String perBlock(
      Place place, PackedWeight weight, ConstantSource source, int[] blocks, int[] outs) {
    if (source.rank() == 2) {
      return constants.part(place, source, Arrays.asList(outs, blocks));
    }
    int[] places = new int[Math.multiplyExact(outs.length, blocks.length)];
    for (int i = 0; i < places.length; i++) {
      places[i] = outs[i / blocks.length] * weight.blocks() + blocks[i % blocks.length];
    }
    return constants.part(place, source, Arrays.asList(new int[][] {places}));
  }

  private String zeroPoints(
      Place place, PackedWeight weight, ConstantSource source, int[] blocks, int[] outs) {
    ElementView stored = Tensors.view(emission.index().model(), source.stored());
    byte[] before = new byte[weight.zeroPointBytes()];
    int bytes = PackedBits.bytes(blocks.length, weight.bits());
    ByteBuffer all = emission.scratch().allocate((long) outs.length * bytes);
    for (int out : outs) {
      stored.copy((long) out * before.length, before.length, ByteBuffer.wrap(before));
      byte[] after = new byte[bytes];
      for (int i = 0; i < blocks.length; i++) {
        int zeroPoint = PackedBits.get(before, 0, blocks[i], weight.bits());
        PackedBits.put(after, i, weight.bits(), zeroPoint);
      }
      all.put(after);
    }
    long[] dims =
        source.rank() == 2
            ? new long[] {outs.length, bytes}
            : new long[] {(long) outs.length * bytes};
    String name = emission.fresh(source.value() + place.suffix());
    return emission.constant(
        place.position(),
        Tensors.ofBytes(name, TensorProto.DataType.UINT8_VALUE, all.clear(), dims));
  }
}
