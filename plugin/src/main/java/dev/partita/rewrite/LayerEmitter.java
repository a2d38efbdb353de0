package dev.partita.rewrite;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.dense.find.Bias;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Operands;
import dev.partita.dense.find.PackedWeight;
import dev.partita.model.Nodes;
import dev.partita.onnx.NodeProto;
import dev.partita.rewrite.ConstantEmitter.Place;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Emits one block of a dense layer, or the whole of it with its inputs in another order: the
 * product node with its activation, its weight and what it has for each output replaced.
 *
 * <pre>
 *   Gemm(x, W, C)           ->  Gemm(x_p, W[I_p, J_p], C[J_p])
 *   MatMul(x, W)            ->  MatMul(x_p, W[I_p, J_p])
 *   Add(MatMul(x, W), b)    ->  Add(MatMul(x_p, W[I_p, J_p]), b[J_p]), or a Gemm where x has rank 2
 *                               and b is the same for every row
 * </pre>
 *
 * A Gemm is what ONNX Runtime would fuse the pair into, losing the metadata of both.
 */
final class LayerEmitter {

  private final Emission emission;
  private final LayerConstants constants;
  private final List<EmittedBlock> blocks = new ArrayList<>();

  LayerEmitter(Emission emission, ConstantEmitter constants) {
    this.emission = emission;
    this.constants = new LayerConstants(emission, constants);
  }

  /** The blocks emitted so far whose weights were recomputed. */
  List<EmittedBlock> blocks() {
    return blocks;
  }

  /** Weights and biases emitted so far. */
  long parameters() {
    return constants.parameters();
  }

  /**
   * What to emit.
   *
   * @param layer the original
   * @param branch the branch; -1 for a whole layer
   * @param suffix appended to the names of constants and, in a branch, of nodes
   * @param input the value that the block reads
   * @param ins features of the input, in the order in which it holds them
   * @param outs features to compute
   * @param output the value to make
   * @param weights recomputed weights in the order of {@code ins} and {@code outs}; null to keep
   *     the original's
   */
  record Block(
      DenseLayer layer,
      int branch,
      String suffix,
      String input,
      int[] ins,
      int[] outs,
      String output,
      @Nullable BlockWeights weights) {}

  void emit(Block block) {
    DenseLayer layer = block.layer();
    int product = layer.nodes().get(0);
    int last = layer.nodes().get(layer.nodes().size() - 1);
    NodeProto original = emission.index().node(product);
    Place place = new Place(product, block.branch(), layer.name(), block.suffix());
    String name = named(layer.name(), block);
    boolean hasBias = layer.bias() != null || block.weights() != null;
    PackedWeight packed = layer.weight().packed();
    if (packed != null) {
      NodeProto.Builder node = original.toBuilder().setName(name).setInput(0, block.input());
      constants.packed(place, block, packed, node);
      product(product, node, block, block.output());
      return;
    }
    String weight = constants.weight(place, block);
    String bias = hasBias ? constants.bias(place, block) : "";
    remember(block, weight, bias);
    int biasInput = layer.form().biasInput();
    if (biasInput >= 0) {
      NodeProto.Builder node = product(original, layer, name, block.input(), weight).toBuilder();
      if (hasBias) {
        node =
            node.getInputCount() > biasInput ? node.setInput(biasInput, bias) : node.addInput(bias);
      }
      product(product, withoutFactors(node, block), block, block.output());
    } else if (hasBias && isGemm(layer)) {
      // What else the node says of itself stays.
      NodeProto.Builder node = original.toBuilder().setOpType("Gemm").setName(name).clearInput();
      node.addInput(block.input()).addInput(weight).addInput(bias);
      product(last, node, block, block.output());
    } else if (hasBias) {
      String between = emission.fresh(block.output() + "/product");
      NodeProto node = product(original, layer, name, block.input(), weight);
      product(product, withoutFactors(node.toBuilder(), block), block, between);
      String added = named(addName(layer), block);
      NodeProto add = add(layer, added, List.of(between, bias), block.output());
      emission.node(
          last, add, block.branch(), addName(layer), Role.FEATURE_WISE, block.outs().length);
    } else {
      NodeProto.Builder node = product(original, layer, name, block.input(), weight).toBuilder();
      constants.perOutput(place, block, node);
      product(product, node, block, block.output());
    }
  }

  private void remember(Block block, String weight, String bias) {
    BlockWeights recomputed = block.weights();
    if (recomputed != null) {
      blocks.add(
          new EmittedBlock(
              block.layer(),
              block.branch(),
              ImmutableIntArray.copyOf(block.ins()),
              recomputed,
              weight,
              ImmutableLongArray.copyOf(LayerConstants.weightDims(block)),
              block.layer().operands().outFirst(),
              bias,
              ImmutableLongArray.copyOf(BiasShift.shape(block.layer(), block.outs().length))));
    }
  }

  /** The original's Add with other operands, or a new one. */
  private NodeProto add(DenseLayer layer, String name, List<String> inputs, String output) {
    return layer.nodes().size() > 1
        ? emission.index().node(layer.nodes().get(1)).toBuilder()
            .setName(name)
            .clearInput()
            .addAllInput(inputs)
            .setOutput(0, output)
            .build()
        : Nodes.of("Add", name, inputs, output);
  }

  /** A Gemm's bias may not bring rows of its own, as that of an Add may. */
  private static boolean isGemm(DenseLayer layer) {
    Bias bias = layer.bias();
    boolean oneRow =
        bias == null || bias.kind() == Bias.Kind.SCALAR || bias.kind() == Bias.Kind.PER_FEATURE;
    return layer.form().isPlain()
        && layer.rank() == 2
        && layer.weight().source().rank() == 2
        && oneRow;
  }

  /** The original's node with another name, activation and weight. */
  private static NodeProto product(
      NodeProto original, DenseLayer layer, String name, String input, String weight) {
    Operands operands = layer.operands();
    return original.toBuilder()
        .setName(name)
        .setInput(operands.activation(), input)
        .setInput(operands.weight(), weight)
        .build();
  }

  /** Recomputed weights hold the factors already. */
  private static NodeProto.Builder withoutFactors(NodeProto.Builder node, Block block) {
    if (block.weights() != null) {
      for (int i = node.getAttributeCount() - 1; i >= 0; i--) {
        if (block.layer().form().factors().contains(node.getAttribute(i).getName())) {
          node.removeAttribute(i);
        }
      }
    }
    return node;
  }

  /** A whole layer is the same node as before; a block is a new one. */
  private String named(String origin, Block block) {
    return block.branch() < 0
        ? emission.ofSuccessor(origin)
        : emission.fresh(origin + block.suffix());
  }

  private void product(int position, NodeProto.Builder node, Block block, String output) {
    emission.product(
        position,
        node.clearOutput().addOutput(output).build(),
        block.branch(),
        block.layer(),
        block.ins().length,
        block.outs().length);
  }

  /** The Add of the original, or the product where the bias is new. */
  private String addName(DenseLayer layer) {
    return layer.nodes().size() > 1
        ? emission.index().nodeName(layer.nodes().get(1))
        : layer.name() + "/bias";
  }
}
