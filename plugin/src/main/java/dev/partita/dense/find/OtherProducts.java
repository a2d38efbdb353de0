package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.Domains;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Operators that hold dense layers and are not cut: attention with its projections, recurrent
 * layers, mixtures of experts, Einsum, linear models, and convolutions of other kinds on maps of
 * {@code 1 x 1}. They are listed where an operand is constant.
 */
final class OtherProducts {

  private static final String LEARNING = "ai.onnx.ml";

  /** Inputs that hold weights, of operators of the standard. */
  private static final ImmutableMap<String, ImmutableList<Integer>> STANDARD =
      ImmutableMap.of(
          "LSTM", ImmutableList.of(1, 2),
          "GRU", ImmutableList.of(1, 2),
          "RNN", ImmutableList.of(1, 2));

  /** The same of ONNX Runtime's operators. */
  private static final ImmutableMap<String, ImmutableList<Integer>> MICROSOFT =
      ImmutableMap.<String, ImmutableList<Integer>>builder()
          .put("Attention", ImmutableList.of(1))
          .put("DecoderAttention", ImmutableList.of(2, 3))
          .put("DecoderMaskedSelfAttention", ImmutableList.of(1))
          .put("DynamicQuantizeLSTM", ImmutableList.of(1, 2))
          .put("GatedRelativePositionBias", ImmutableList.of(2))
          .put("LongformerAttention", ImmutableList.of(1, 4))
          .put("MoE", ImmutableList.of(2, 4, 6))
          .put("PackedAttention", ImmutableList.of(1))
          .put("QAttention", ImmutableList.of(1))
          .put("QMoE", ImmutableList.of(2, 5, 8))
          .buildOrThrow();

  /** Convolutions that are not cut, and which input holds the weight. */
  private static final ImmutableMap<String, Integer> CONVOLUTIONS =
      ImmutableMap.of("ConvInteger", 1, "QLinearConv", 3, "FusedConv", 1, "NhwcFusedConv", 1);

  private OtherProducts() {}

  /** Why a node is not cut; null where it holds no dense layer that is known of. */
  static @Nullable Refused refused(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    String operator = node.getOpType();
    if (node.getDomain().equals(LEARNING)) {
      return operator.equals("LinearClassifier") || operator.equals("LinearRegressor")
          ? refused(node, "its coefficients are an attribute")
          : null;
    }
    ImmutableList<Integer> weights = ImmutableList.of();
    if (Domains.isMicrosoft(node.getDomain())) {
      weights = MICROSOFT.getOrDefault(operator, ImmutableList.of());
    } else if (Domains.isDefault(node.getDomain())) {
      weights =
          operator.equals("Einsum")
              ? IntStream.range(0, node.getInputCount())
                  .boxed()
                  .collect(ImmutableList.toImmutableList())
              : STANDARD.getOrDefault(operator, ImmutableList.of());
    }
    Integer convolution = CONVOLUTIONS.get(operator);
    if (convolution != null && isLayer(index, ranks, node, convolution)) {
      weights = ImmutableList.of(convolution);
    }
    return weights.stream()
        .filter(input -> input < node.getInputCount())
        .map(node::getInput)
        .filter(value -> !value.isEmpty() && Weights.isConstant(index, value))
        .findFirst()
        .map(value -> refused(node, "its weight is '" + value + "'"))
        .orElse(null);
  }

  private static Refused refused(NodeProto node, String weight) {
    String domain = Domains.isDefault(node.getDomain()) ? "" : " of " + node.getDomain();
    return new Refused(
        SkipReason.UNSUPPORTED_FORM, node.getOpType() + domain + " is not cut; " + weight + ".");
  }

  /** Whether a convolution is one of {@code 1 x 1} on a map of {@code 1 x 1}. */
  private static boolean isLayer(GraphIndex index, Ranks ranks, NodeProto node, int weight) {
    ConstantSource source =
        weight < node.getInputCount() ? ConstantSource.of(index, node.getInput(weight)) : null;
    return source != null
        && PointMaps.hasNoExtent(node, source)
        && Attributes.integer(node, "group", 1) == 1
        && PointMaps.isPoint(index, ranks, node.getInput(0), source.rank() - 2);
  }
}
