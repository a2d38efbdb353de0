package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.model.Domains;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * A MatMul, and the Add of a constant behind it where that Add, in either operand order, is the
 * product's only reader.
 */
final class MatMulAddForm extends DenseForm {

  private static final DenseForm PRODUCT = new MatMulForm();

  MatMulAddForm() {
    super("MatMul+Add", "MatMul");
  }

  @Override
  public boolean isPlain() {
    return true;
  }

  @Override
  @Nullable LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    String product = index.node(position).getOutput(0);
    ImmutableList<Integer> readers = index.consumers(product);
    if (readers.size() != 1 || index.isOutput(product)) {
      return null;
    }
    int add = readers.get(0);
    ConstantSource constant = constant(index, index.node(add), product);
    if (constant == null
        || !(PRODUCT.match(index, position, ranks) instanceof Matched matched)
        || !fits(constant, matched.layer())) {
      return null;
    }
    String sum = index.node(add).getOutput(0);
    return new Matched(matched.layer().with(this, add, FeatureAxis.last(sum), Bias.of(constant)));
  }

  /** What an Add adds to a product; null if the node is not such an Add. */
  private static @Nullable ConstantSource constant(
      GraphIndex index, NodeProto node, String product) {
    if (!node.getOpType().equals("Add")
        || !Domains.isDefault(node.getDomain())
        || node.getInputCount() != 2
        || node.getAttributeCount() != 0
        || node.getInput(0).equals(node.getInput(1))) {
      return null;
    }
    ConstantSource constant =
        ConstantSource.of(index, node.getInput(node.getInput(0).equals(product) ? 1 : 0));
    return constant != null && constant.format().isFloating() ? constant : null;
  }

  /**
   * A constant of higher rank than the product would raise the result's rank, and a product with
   * one column would be widened: then the Add is a node of its own.
   */
  private static boolean fits(ConstantSource constant, DenseLayer layer) {
    int rank = constant.rank();
    long last = rank == 0 ? 1 : constant.dim(rank - 1);
    return rank <= Math.max(layer.rank(), 1) && (last == 1 || last == layer.out());
  }
}
