package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import java.util.HashSet;
import java.util.Set;

/**
 * Which tensors of a model that is written go to external data: none, those that did and the new
 * ones with them, or all of some size, since a protobuf message ends at 2 GiB.
 */
final class ExternalChoice {

  /** Room is left for what other tools may add to a model, such as inferred shapes. */
  static final long LONGEST_MESSAGE = (1L << 31) - (1L << 24);

  private static final int SMALLEST = 1024;

  private final boolean any;
  private final boolean all;
  private final Set<String> old;

  private ExternalChoice(boolean any, boolean all, Set<String> old) {
    this.any = any;
    this.all = all;
    this.old = old;
  }

  /**
   * The choice that leaves as much as possible where it was.
   *
   * @param longest the most bytes that the message may have
   * @throws UnsupportedInputException if it would be longer without any tensor of some size
   */
  static ExternalChoice of(OnnxModel before, OnnxModel after, long longest) {
    Set<String> old = new HashSet<>();
    ModelProto unused =
        new TensorRewriter(
                tensor -> {
                  old.add(tensor.getName());
                  return tensor;
                })
            .rewrite(before.proto());
    ExternalChoice kept = new ExternalChoice(ExternalTensors.any(before.proto()), false, old);
    if (kept.sizeOfMessage(after.proto()) <= longest) {
      return kept;
    }
    ExternalChoice all = new ExternalChoice(true, true, old);
    if (all.sizeOfMessage(after.proto()) > longest) {
      throw new UnsupportedInputException(
          before.source() + ": would exceed 2 GiB even with its tensors in external data",
          "Move large content, such as string constants, out of the model.");
    }
    return all;
  }

  /** Whether there is external data at all. */
  boolean any() {
    return any;
  }

  /** Whether a tensor goes there. */
  boolean isExternal(TensorProto tensor) {
    if (ExternalData.isExternal(tensor)) {
      return true;
    }
    boolean fits = any && !tensor.getName().isEmpty() && elementBytes(tensor) >= SMALLEST;
    return fits && (all || !old.contains(tensor.getName()));
  }

  /** As {@code raw_data} would hold them; 0 where it cannot. */
  private static long elementBytes(TensorProto tensor) {
    if (tensor.hasRawData()) {
      return tensor.getRawData().size();
    }
    // Packed types and strings have no raw form of whole elements.
    boolean whole = ElementType.bits(tensor.getDataType()) % 8 == 0;
    return whole ? Tensors.byteSize("model", tensor) : 0;
  }

  private long sizeOfMessage(ModelProto model) {
    long[] moved = new long[1];
    ModelProto unused =
        new TensorRewriter(
                tensor -> {
                  if (isExternal(tensor) && !ExternalData.isExternal(tensor)) {
                    // What says where the elements are takes a hundred bytes or two.
                    moved[0] += elementBytes(tensor) - SMALLEST / 2;
                  }
                  return tensor;
                })
            .rewrite(model);
    return MessageSize.of(model) - moved[0];
  }
}
