package dev.partita.dense.find;

import dev.partita.model.ElementType;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * A node between a stored tensor and the operand that is made of it, that turns each element into
 * another.
 */
public sealed interface DecodeStep {

  /** The node, of which a part of the tensor needs a copy of its own. */
  NodeProto node();

  /** The axis of the operand along which its parameters differ; -1 where they are the same. */
  int axis();

  /** The format of what it makes. */
  ElementType to();

  /** The same step after the axes were moved about. */
  DecodeStep withAxis(int moved);

  /** Rounds to another format. */
  record Cast(NodeProto node, ElementType to) implements DecodeStep {
    @Override
    public int axis() {
      return -1;
    }

    @Override
    public DecodeStep withAxis(int moved) {
      return this;
    }
  }

  /**
   * {@code (q - zeroPoint) * scale}, or the reverse of it.
   *
   * @param quantizes whether real numbers become whole ones
   * @param zeroPoint null for 0
   * @param to the format of the result
   */
  record Linear(
      NodeProto node,
      boolean quantizes,
      int axis,
      ConstantSource scale,
      @Nullable ConstantSource zeroPoint,
      ElementType to)
      implements DecodeStep {
    @Override
    public DecodeStep withAxis(int moved) {
      return new Linear(node, quantizes, moved, scale, zeroPoint, to);
    }
  }
}
