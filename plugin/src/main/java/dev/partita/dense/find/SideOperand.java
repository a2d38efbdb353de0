package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.model.Domains;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import java.util.OptionalInt;

/**
 * A list of numbers, one for each feature, made of a constant list and one number that is known at
 * run time only: the scales of a quantized layer, times the scale of what it reads. Each branch
 * makes its own part of the list.
 */
public final class SideOperand {

  private SideOperand() {}

  /**
   * The node that makes such a list; empty where a value is none, or is read elsewhere too.
   *
   * @param reader the node that reads the list
   * @param axis at which the reader's other operand has its features, from the end
   */
  public static OptionalInt find(
      GraphIndex index, int reader, String value, int axis, int features) {
    OptionalInt producer = index.producer(value);
    if (producer.isEmpty()
        || index.isOutput(value)
        || !index.consumers(value).equals(ImmutableList.of(reader))) {
      return OptionalInt.empty();
    }
    NodeProto node = index.node(producer.getAsInt());
    if (!node.getOpType().equals("Mul")
        || !Domains.isDefault(node.getDomain())
        || node.getInputCount() != 2) {
      return OptionalInt.empty();
    }
    for (int i = 0; i < 2; i++) {
      ConstantSource list = ConstantSource.of(index, node.getInput(i));
      if (list != null
          && list.rank() + axis >= 0
          && list.dim(list.rank() + axis) == features
          && list.elements() == features
          && Scalars.isScalar(index, node.getInput(1 - i))) {
        return producer;
      }
    }
    return OptionalInt.empty();
  }
}
