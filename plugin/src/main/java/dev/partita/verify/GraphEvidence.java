package dev.partita.verify;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a graph says of one of its outputs: how it is made, and what else is made of it.
 *
 * @param scores why its numbers are scores of classes; null without evidence
 * @param scoresAxis the axis of the classes, from the front or, negative, from the end; empty where
 *     the graph does not say
 * @param sigmoid whether a Sigmoid makes it
 * @param dataDependent whether its size depends on the data
 */
record GraphEvidence(
    @Nullable String scores, OptionalInt scoresAxis, boolean sigmoid, boolean dataDependent) {

  /** From this opset on a Softmax works along one axis; before, it flattens what follows it. */
  private static final int SOFTMAX_OF_ONE_AXIS = 13;

  /** These pass on their first input as it is, perhaps in another type. */
  private static final ImmutableSet<String> SAME = ImmutableSet.of("Identity", "Cast");

  /** Arg-max does not change under these. */
  private static final ImmutableSet<String> MONOTONIC = ImmutableSet.of("Softmax", "LogSoftmax");

  private static final ImmutableSet<String> SHAPING =
      ImmutableSet.of("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose");

  /** How much they return depends on the values that they read. */
  private static final ImmutableSet<String> OF_UNKNOWN_SIZE =
      ImmutableSet.of("NonZero", "NonMaxSuppression", "Unique", "Compress");

  static GraphEvidence of(GraphIndex index, String output) {
    String made = before(index, output, SAME);
    NodeProto maker = maker(index, made);
    String scores = null;
    OptionalInt axis = OptionalInt.empty();
    if (maker != null && isZipMap(maker)) {
      scores = "a ZipMap makes it";
    } else if (maker != null && MONOTONIC.contains(maker.getOpType())) {
      scores = "a " + maker.getOpType() + " makes it";
      axis = softmaxAxis(index, maker);
    } else if (maker != null && maker.getOpType().equals("Transpose")) {
      NodeProto turned = maker(index, before(index, maker.getInput(0), SAME));
      if (turned != null && MONOTONIC.contains(turned.getOpType())) {
        scores = "a " + turned.getOpType() + " and a Transpose make it";
        axis = transposed(softmaxAxis(index, turned), Attributes.ints(maker, "perm"));
      }
    }
    if (scores == null) {
      NodeProto argMax = argMaxOfSame(index, output);
      if (argMax != null) {
        scores = "an output comes from its " + argMax.getOpType();
        axis =
            argMax.getOpType().equals("ArgMax")
                ? OptionalInt.of((int) Attributes.integer(argMax, "axis", 0))
                : OptionalInt.empty();
      }
    }
    NodeProto shaped = maker(index, before(index, output, Sets.union(SAME, SHAPING)));
    return new GraphEvidence(
        scores,
        axis,
        shaped != null && shaped.getOpType().equals("Sigmoid"),
        isDataDependent(index, output));
  }

  /** The value that operators of some types only pass on. */
  private static String before(GraphIndex index, String value, Set<String> operators) {
    String at = value;
    NodeProto maker = maker(index, at);
    while (maker != null && operators.contains(maker.getOpType()) && maker.getInputCount() > 0) {
      at = maker.getInput(0);
      maker = maker(index, at);
    }
    return at;
  }

  private static @Nullable NodeProto maker(GraphIndex index, String value) {
    OptionalInt producer = index.producer(value);
    return producer.isEmpty() ? null : index.node(producer.getAsInt());
  }

  private static OptionalInt softmaxAxis(GraphIndex index, NodeProto softmax) {
    boolean flattens = index.model().opset() < SOFTMAX_OF_ONE_AXIS;
    return OptionalInt.of((int) Attributes.integer(softmax, "axis", flattens ? 1 : -1));
  }

  private static OptionalInt transposed(OptionalInt axis, @Nullable List<Long> permutation) {
    if (axis.isEmpty() || permutation == null) {
      return OptionalInt.empty();
    }
    int from = axis.getAsInt() < 0 ? axis.getAsInt() + permutation.size() : axis.getAsInt();
    int to = permutation.indexOf((long) from);
    return to < 0 ? OptionalInt.empty() : OptionalInt.of(to);
  }

  /** An ArgMax or a ZipMap of the same numbers, whose result leads to an output. */
  private static @Nullable NodeProto argMaxOfSame(GraphIndex index, String output) {
    Set<String> through = Sets.union(SAME, MONOTONIC);
    String root = before(index, output, through);
    Set<Integer> used = index.ancestors(index.outputs());
    for (int node = 0; node < index.size(); node++) {
      NodeProto reader = index.node(node);
      boolean decides = reader.getOpType().equals("ArgMax") || isZipMap(reader);
      if (decides
          && reader.getInputCount() > 0
          && before(index, reader.getInput(0), through).equals(root)
          && used.contains(node)) {
        return reader;
      }
    }
    return null;
  }

  private static boolean isZipMap(NodeProto node) {
    return node.getOpType().equals("ZipMap") && node.getDomain().equals("ai.onnx.ml");
  }

  /**
   * A size that no input names, behind an operator whose result is as long as the data makes it.
   */
  private static boolean isDataDependent(GraphIndex index, String output) {
    boolean unknown =
        index.ancestors(List.of(output)).stream()
            .anyMatch(node -> OF_UNKNOWN_SIZE.contains(index.operator(node)));
    TypeProto.Tensor type = index.declaredType(output);
    if (!unknown || type == null || !type.hasShape()) {
      return unknown;
    }
    Set<String> known = new HashSet<>();
    index
        .model()
        .proto()
        .getGraph()
        .getInputList()
        .forEach(
            input ->
                input
                    .getType()
                    .getTensorType()
                    .getShape()
                    .getDimList()
                    .forEach(dim -> known.add(dim.getDimParam())));
    return type.getShape().getDimList().stream().anyMatch(dim -> isNew(dim, known));
  }

  private static boolean isNew(TensorShapeProto.Dimension dim, Set<String> known) {
    return !dim.hasDimValue()
        && (dim.getDimParam().isEmpty() || !known.contains(dim.getDimParam()));
  }
}
