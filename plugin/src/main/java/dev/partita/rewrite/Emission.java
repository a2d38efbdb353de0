package dev.partita.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Ranks;
import dev.partita.model.GraphEdit;
import dev.partita.model.GraphIndex;
import dev.partita.model.Names;
import dev.partita.model.Nodes;
import dev.partita.model.OperatorSet;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects the nodes and constants of one region's edit. */
final class Emission {

  private final GraphIndex index;
  private final Names names;
  private final Scratch scratch;
  private final StoredOnce stored;
  private final Ranks ranks;
  private final Set<Integer> replaced = new LinkedHashSet<>();
  private final ImmutableListMultimap.Builder<Integer, NodeProto> nodes =
      ImmutableListMultimap.builder();
  private final List<TensorProto> initializers = new ArrayList<>();
  private final List<EmittedNode> emitted = new ArrayList<>();
  private final boolean constantsAsNodes;

  /** From this opset on a Constant holds any type. */
  private static final int ANY_CONSTANT = 9;

  Emission(GraphIndex index, Names names, Scratch scratch, StoredOnce stored) {
    this.index = index;
    this.names = names;
    this.scratch = scratch;
    this.stored = stored;
    this.ranks = new Ranks(index);
    // Below IR 4 an initializer would have to be a graph input as well.
    this.constantsAsNodes = index.model().irVersion() < 4;
  }

  GraphIndex index() {
    return index;
  }

  /** Memory for new tensors. */
  Scratch scratch() {
    return scratch;
  }

  /** Ranks of the original's values. */
  Ranks ranks() {
    return ranks;
  }

  /** A value or node name that nothing uses yet. */
  String fresh(String wanted) {
    return names.fresh(wanted);
  }

  /** A name for what a node of the original becomes; no other node has it. */
  String ofSuccessor(String node) {
    return names.ofSuccessor(node);
  }

  /** Marks a node of the original as replaced, by nothing so far. */
  void replace(int position) {
    replaced.add(position);
  }

  /** Replaces a node of the original by one more node, after those put there before. */
  void node(int position, NodeProto node, int branch, String origin, Role role, int features) {
    put(position, node);
    emitted.add(new EmittedNode(node.getName(), branch, origin, null, role, 0, features));
  }

  /** Likewise a product of a layer, or one that a bridge adds in front of it or behind it. */
  void product(int position, NodeProto node, int branch, DenseLayer layer, int in, int out) {
    put(position, node);
    emitted.add(
        new EmittedNode(node.getName(), branch, layer.name(), layer, Role.PRODUCT, in, out));
  }

  private void put(int position, NodeProto node) {
    // They name tensors, and those of the original are gone.
    NodeProto placed =
        node.getDeviceConfigurationsCount() == 0
            ? node
            : node.toBuilder().clearDeviceConfigurations().build();
    nodes.put(position, placed);
  }

  /**
   * Adds a constant, to be read from the given place on, unless there is one like it, and returns
   * the name of the one to read.
   */
  String constant(int position, TensorProto tensor) {
    String name = stored.name(index.path(), position, tensor);
    return name.equals(tensor.getName()) ? ownConstant(position, tensor) : name;
  }

  /** Adds a constant that is stored apart from any like it, so that it can be changed alone. */
  String ownConstant(int position, TensorProto tensor) {
    if (!constantsAsNodes) {
      initializers.add(tensor);
    } else if (Tensors.isFloat(tensor) || index.model().opset() >= ANY_CONSTANT) {
      nodes.put(position, constantNode(tensor));
    } else {
      // Below this opset a Constant holds floats alone. Indices are exact in 53 bits.
      TensorProto numbers =
          Tensors.ofDoubles(fresh(tensor.getName() + "/numbers"), index.model(), tensor);
      nodes.put(position, constantNode(numbers));
      nodes.put(
          position,
          Nodes.of(
              "Cast",
              fresh(tensor.getName() + "/cast"),
              List.of(numbers.getName()),
              tensor.getName(),
              Nodes.ofInt("to", tensor.getDataType())));
    }
    return tensor.getName();
  }

  private NodeProto constantNode(TensorProto tensor) {
    return Nodes.of(
        "Constant",
        fresh(tensor.getName() + "/constant"),
        List.of(),
        tensor.getName(),
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(tensor)
            .build());
  }

  /** Adds a list of indices. */
  String indices(int position, String wanted, int[] values) {
    long[] longs = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      longs[i] = values[i];
    }
    return longs(position, wanted, longs);
  }

  private String longs(int position, String wanted, long... values) {
    return constant(position, Tensors.ofLongs(fresh(wanted), values, values.length));
  }

  /** The operator set of the model. */
  OperatorSet set() {
    return index.model().operatorSet();
  }

  /** Adds constants, called by what they are for behind the name of a value. */
  OperatorSet.Constants constants(int position, String value) {
    return (what, values) -> longs(position, value + "/" + what, values);
  }

  /**
   * An axis as the model's operator set allows it to be written.
   *
   * @param axis from the end
   * @param value that it is an axis of
   */
  long axis(int axis, String value) {
    return set().allowsNegativeAxes() ? axis : ranks.of(value) + axis;
  }

  List<EmittedNode> emitted() {
    return emitted;
  }

  GraphEdit edit() {
    return new GraphEdit(
        index.path(),
        ImmutableSet.copyOf(replaced),
        nodes.build(),
        ImmutableList.copyOf(initializers));
  }
}
