package dev.partita.dense.find;

import static dev.partita.fixtures.Attributes.integers;
import static dev.partita.fixtures.Attributes.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherProductsTest {

  private static List<String> found(ModelProto model) {
    GraphIndex index = new GraphIndex(new OnnxModel(model, Path.of("tested.onnx"), 0));
    return LayerFinder.find(index, new Ranks(index)).stream()
        .map(product -> product.operator() + ": " + described(product.match()))
        .toList();
  }

  private static String described(LayerMatch match) {
    return match instanceof Refused refused ? refused.reason() + ": " + refused.detail() : "layer";
  }

  private static ModelProto of(String operator, String domain, String inputs) {
    ModelProto model =
        GraphBuilder.opset(17)
            .domain("com.microsoft", 1)
            .domain("ai.onnx.ml", 3)
            .input("x", 2, 4, 8)
            .input("r", 2, 4, 8)
            .random("w", 1, 8, 24)
            .random("v", 2, 8, 24)
            .node("node", operator, inputs, "y", text("equation", "ntk,kd->ntd"))
            .output("y", 2, 4, 24)
            .build();
    NodeProto node = model.getGraph().getNode(0).toBuilder().setDomain(domain).build();
    return model.toBuilder().setGraph(model.getGraph().toBuilder().setNode(0, node)).build();
  }

  @ParameterizedTest
  @CsvSource({
    "Einsum, '', 'x, w', w",
    "LSTM, '', 'x, w, v', w",
    "GRU, '', 'x, r, v', v",
    "RNN, '', 'x, w, v', w",
    "Attention, com.microsoft, 'x, w', w",
    "QAttention, com.microsoft, 'x, w', w",
    "PackedAttention, com.microsoft, 'x, w', w",
    "LongformerAttention, com.microsoft, 'x, w', w",
    "DecoderAttention, com.microsoft, 'x, r, w, v', w",
    "DecoderMaskedSelfAttention, com.microsoft, 'x, w', w",
    "DynamicQuantizeLSTM, com.microsoft, 'x, w, v', w",
    "GatedRelativePositionBias, com.microsoft, 'x, r, w', w",
    "MoE, com.microsoft, 'x, r, w', w",
    "QMoE, com.microsoft, 'x, r, w', w",
  })
  void operatorsWithWeightsAreListed(String operator, String domain, String inputs, String weight) {
    String of = domain.isEmpty() ? "" : " of " + domain;
    assertThat(found(of(operator, domain, inputs)))
        .containsExactly(
            "%s: UNSUPPORTED_FORM: %s%s is not cut; its weight is '%s'."
                .formatted(operator, operator, of, weight));
  }

  @ParameterizedTest
  @CsvSource({
    "Einsum, '', 'x, r'",
    "LSTM, '', 'x, r, r'",
    "Attention, '', 'x, w, v'",
    "MoE, other, 'x, r, w'",
  })
  void withoutAConstantOrOfAnotherDomainThereIsNothingToList(
      String operator, String domain, String inputs) {
    assertThat(found(of(operator, domain, inputs))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"LinearClassifier", "LinearRegressor"})
  void linearModelsAreListed(String operator) {
    assertThat(found(of(operator, "ai.onnx.ml", "x")))
        .containsExactly(
            "%s: UNSUPPORTED_FORM: %s of ai.onnx.ml is not cut; its coefficients are an attribute."
                .formatted(operator, operator));
  }

  private static GraphBuilder convolution(String before, String operator) {
    return GraphBuilder.opset(17)
        .domain("com.microsoft", 1)
        .input("x", "N", 8, 5, 5)
        .random("w", 1, 16, 8, 1, 1)
        .node(before, "x", "p")
        .node("conv", operator, "p, w", "y")
        .output("y", "N", 16, "H", "W");
  }

  @Test
  void otherConvolutionsAreListedWhereTheyAreDenseLayers() {
    assertThat(found(convolution("GlobalAveragePool", "FusedConv").build()))
        .containsExactly("FusedConv: UNSUPPORTED_FORM: FusedConv is not cut; its weight is 'w'.");
    assertThat(found(convolution("Relu", "FusedConv").build())).isEmpty();
    assertThat(found(convolution("Relu", "Conv").build())).isEmpty();
  }

  private static List<String> behind(GraphBuilder graph, String value) {
    return found(
        graph
            .random("w", 1, 16, 8, 1, 1)
            .node("conv", "Conv", value + ", w", "y")
            .output("y", "N", 16, "H", "W")
            .build());
  }

  private static GraphBuilder map() {
    return GraphBuilder.opset(13)
        .input("x", "N", 8, 5, 5)
        .random("scale", 2, 1, 8, 1, 1)
        .random("wide", 3, 1, 8, 5, 5)
        .random("each", 4, 8);
  }

  @Test
  void aMapOfOnePlaceIsFoundWhateverMadeIt() {
    GraphBuilder mean = map().node("ReduceMean", "x", "p", integers("axes", 2, 3));
    assertThat(behind(mean, "p")).containsExactly("Conv: layer");
    GraphBuilder last = map().node("ReduceMax", "x", "p", integers("axes", -1, -2));
    assertThat(behind(last, "p")).containsExactly("Conv: layer");
    GraphBuilder pool = map().node("AveragePool", "x", "p", integers("kernel_shape", 5, 5));
    assertThat(behind(pool, "p")).containsExactly("Conv: layer");
    GraphBuilder swish =
        map()
            .node("GlobalAveragePool", "x", "p")
            .node("Sigmoid", "p", "s")
            .node("Mul", "p, s", "q")
            .node("Add", "q, scale", "t")
            .node("BatchNormalization", "t, each, each, each, each", "u")
            .node("HardSigmoid", "u", "h");
    assertThat(behind(swish, "h")).containsExactly("Conv: layer");
    GraphBuilder added =
        map()
            .node("GlobalAveragePool", "x", "p")
            .node("Flatten", "p", "f")
            .integers("axes", 2, 3)
            .node("Unsqueeze", "f, axes", "q");
    assertThat(behind(added, "q")).containsExactly("Conv: layer");
  }

  @Test
  void aLargerMapIsNone() {
    GraphBuilder one = map().node("ReduceMean", "x", "p", integers("axes", 2));
    assertThat(behind(one, "p")).isEmpty();
    GraphBuilder channels = map().node("ReduceMean", "x", "p", integers("axes", 1, 2));
    assertThat(behind(channels, "p")).isEmpty();
    GraphBuilder small = map().node("AveragePool", "x", "p", integers("kernel_shape", 4, 5));
    assertThat(behind(small, "p")).isEmpty();
    GraphBuilder padded =
        map()
            .node(
                "pool",
                "AveragePool",
                "x",
                "p",
                integers("kernel_shape", 5, 5),
                integers("pads", 0, 1, 0, 0));
    assertThat(behind(padded, "p")).isEmpty();
    GraphBuilder widened = map().node("GlobalAveragePool", "x", "p").node("Mul", "p, wide", "q");
    assertThat(behind(widened, "q")).isEmpty();
    GraphBuilder back = map().node("GlobalAveragePool", "x", "p").node("Mul", "p, x", "q");
    assertThat(behind(back, "q")).isEmpty();
  }
}
