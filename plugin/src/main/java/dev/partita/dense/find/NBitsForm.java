package dev.partita.dense.find;

import dev.partita.model.GraphIndex;

/** ONNX Runtime's product with weights of a few bits, in blocks that share scale and zero point. */
final class NBitsForm extends DenseForm {

  NBitsForm() {
    super("MatMulNBits", "MatMulNBits");
  }

  @Override
  boolean isMicrosoft() {
    return true;
  }

  @Override
  public boolean isRepairable() {
    return false;
  }

  @Override
  public int biasInput() {
    return NBitsNode.BIAS;
  }

  @Override
  LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    return new NBitsNode(index, position).match(this, ranks);
  }
}
