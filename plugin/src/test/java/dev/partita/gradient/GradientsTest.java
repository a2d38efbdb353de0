package dev.partita.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.ModelProto;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operator that gradients go through, held against differences of the loss. */
class GradientsTest {

  /** Of float32 differences; a factor or a sign that is wrong is off by far more. */
  private static final double TOLERANCE = 0.02;

  private static final int NEWEST = 20;

  @TempDir private Path folder;

  /** One operator between a product and the loss. */
  private record Case(
      String operator, int opset, int rank, String more, List<AttributeProto> attributes) {

    static Case of(String operator, AttributeProto... attributes) {
      return new Case(operator, NEWEST, 2, "", Arrays.asList(attributes));
    }

    Case at(int older) {
      return new Case(operator, older, rank, more, attributes);
    }

    Case rank(int other) {
      return new Case(operator, opset, other, more, attributes);
    }

    /** Further inputs, of the names that the model knows. */
    Case with(String inputs) {
      return new Case(operator, opset, rank, ", " + inputs, attributes);
    }

    ModelProto model() {
      Object[] dims = rank == 2 ? new Object[] {"N", 6} : new Object[] {"N", 5, 6};
      return GraphBuilder.opset(opset)
          .domain("com.microsoft", 1)
          .input("x", dims)
          .random("p", 1, 6, 8)
          .random("p1", 2, 8)
          .random("p2", 3, 8)
          .random("pw", 4, 8, 8)
          .random("ptransposed", 5, 4, 8)
          .initializer("two", new float[] {2})
          .initializer("cube", new float[] {3})
          .initializer("low", new float[] {-0.4f})
          .initializer("high", new float[] {0.7f})
          .initializer("ones", new float[] {1, 2, 1, 2, 1, 2, 1, 2}, 8)
          .initializer("zeros", new float[8], 8)
          .random("slope", 6, 8)
          .integers("axis1", 1)
          .integers("axis2", 2)
          .integers("start", 1)
          .integers("end", 7)
          .integers("last", -1)
          .integers("step", 2)
          .integers("few", 3, 0, 7)
          .integers("rows", 4, 0, 2)
          .integers("order", 3, 0, 7, 1, 2, 6, 5, 4)
          .integers("sizes", 3, 5)
          .integers("flat", -1, 4)
          .node("MatMul", "x, p", "h")
          .node(operator, "h" + more, "y", attributes.toArray(AttributeProto[]::new))
          .output("y")
          .build();
    }

    @Override
    public String toString() {
      return operator
          + more
          + " "
          + attributes.stream().map(AttributeProto::getName).toList()
          + " rank "
          + rank
          + " opset "
          + opset;
    }
  }

  private static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (String operator :
        List.of(
            "Identity",
            "Neg",
            "Exp",
            "Abs",
            "Erf",
            "Tanh",
            "Sigmoid",
            "Softplus",
            "Softsign",
            "Relu",
            "LeakyRelu",
            "Elu",
            "HardSigmoid",
            "HardSwish",
            "Gelu",
            "Softmax",
            "LogSoftmax",
            "com.microsoft::QuickGelu",
            "com.microsoft::Gelu",
            "Transpose",
            "Flatten")) {
      cases.add(Case.of(operator));
      cases.add(Case.of(operator).rank(3));
    }
    cases.add(Case.of("Relu").at(7));
    cases.add(Case.of("Tanh").at(7));
    cases.add(Case.of("LeakyRelu", Attributes.number("alpha", 0.3)));
    cases.add(Case.of("Elu", Attributes.number("alpha", 0.6)));
    cases.add(Case.of("Gelu", Attributes.text("approximate", "tanh")));
    cases.add(Case.of("Softmax").at(11));
    cases.add(Case.of("Softmax", Attributes.integer("axis", 1)).rank(3));
    cases.add(Case.of("Clip").with("low, high"));
    cases.add(
        Case.of("Clip", Attributes.number("min", -0.4), Attributes.number("max", 0.7)).at(10));
    for (String operator : List.of("Add", "Sub", "Mul", "Div")) {
      for (String operand : List.of("p1", "two", "ones")) {
        cases.add(Case.of(operator).with(operand).rank(3));
      }
    }
    cases.add(Case.of("Add").with("h"));
    cases.add(Case.of("Mul").with("h"));
    cases.add(Case.of("Sum").with("p1, h, two"));
    cases.add(Case.of("Pow").with("two"));
    cases.add(Case.of("Pow").with("cube").rank(3));
    cases.add(Case.of("PRelu").with("slope"));
    cases.add(Case.of("MatMul").with("pw"));
    cases.add(Case.of("MatMul").with("pw").rank(3));
    cases.add(Case.of("Gemm").with("pw"));
    cases.add(Case.of("Gemm").with("pw, p1").at(7));
    cases.add(
        Case.of(
                "Gemm",
                Attributes.integer("transB", 1),
                Attributes.number("alpha", 0.5),
                Attributes.number("beta", 2))
            .with("ptransposed"));
    cases.add(Case.of("LayerNormalization").with("p1, p2").rank(3));
    cases.add(Case.of("LayerNormalization").with("ones"));
    cases.add(Case.of("BatchNormalization").with("ones, zeros, slope, ones"));
    for (int opset : new int[] {11, 13, 18}) {
      boolean input = opset >= 13;
      cases.add(
          input
              ? Case.of("ReduceSum").with("axis1").rank(3).at(opset)
              : Case.of("ReduceSum", Attributes.integers("axes", 1)).rank(3).at(opset));
      cases.add(
          opset >= 18
              ? Case.of("ReduceMean", Attributes.integer("keepdims", 0)).with("last").rank(3)
              : Case.of(
                      "ReduceMean",
                      Attributes.integers("axes", -1),
                      Attributes.integer("keepdims", 0))
                  .rank(3)
                  .at(opset));
    }
    cases.add(Case.of("ReduceMean"));
    cases.add(Case.of("GlobalAveragePool").rank(3));
    cases.add(Case.of("Reshape").with("flat").rank(3));
    cases.add(Case.of("Unsqueeze").with("axis1"));
    cases.add(Case.of("Concat", Attributes.integer("axis", -1)).with("h, h").rank(3));
    cases.add(Case.of("Transpose", Attributes.integers("perm", 1, 2, 0)).rank(3));
    cases.add(Case.of("Slice").with("start, end, axis1"));
    cases.add(Case.of("Slice").with("start, last, axis2, step").rank(3));
    cases.add(
        Case.of(
                "Slice",
                Attributes.integers("axes", 1),
                Attributes.integers("starts", 2),
                Attributes.integers("ends", 100))
            .at(9));
    cases.add(Case.of("Gather", Attributes.integer("axis", 1)).with("few"));
    cases.add(Case.of("Gather", Attributes.integer("axis", -1)).with("order").rank(3));
    cases.add(Case.of("Gather", Attributes.integer("axis", 2)).with("few").rank(3).at(10));
    cases.add(Case.of("Gather", Attributes.integer("axis", 1)).with("rows").rank(3));
    cases.add(Case.of("Gather", Attributes.integer("axis", 1)).with("rows").rank(3).at(10));
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheSlopeOfTheLoss(Case tested) {
    double error = new GradientTester(folder).error(tested.model(), Loss.Kind.SQUARED, "y");
    assertThat(error).as(tested.toString()).isLessThan(TOLERANCE);
  }

  @Test
  void theDivergenceToo() {
    double error =
        new GradientTester(folder).error(Case.of("Relu").model(), Loss.Kind.DIVERGENCE, "y");
    assertThat(error).isLessThan(TOLERANCE);
  }

  @Test
  void severalLossesAddUp() {
    double error =
        new GradientTester(folder)
            .error(Case.of("MatMul").with("pw").model(), Loss.Kind.SQUARED, "h", "y");
    assertThat(error).isLessThan(TOLERANCE);
  }

  @Test
  void splitGivesBackWhatEveryPartGot() {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", 6)
            .random("p", 1, 6, 8)
            .integers("sizes", 3, 5)
            .node("MatMul", "x, p", "h")
            .node("Split", "h, sizes", "a, b", Attributes.integer("axis", 1))
            .node("Tanh", "b", "y")
            .output("a")
            .output("y")
            .build();
    assertThat(new GradientTester(folder).error(model, Loss.Kind.SQUARED, "a", "y"))
        .isLessThan(TOLERANCE);
    assertThat(new GradientTester(folder).error(model, Loss.Kind.SQUARED, "y"))
        .isLessThan(TOLERANCE);
  }

  @Test
  void attentionIsNoSpecialCase() {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", 5, 6)
            .random("p", 1, 6, 8)
            .random("pk", 2, 6, 8)
            .random("pv", 3, 6, 8)
            .integers("heads", 0, 0, 2, 4)
            .integers("joined", 0, 0, 8)
            .initializer("root", new float[] {0.5f})
            .node("MatMul", "x, p", "q0")
            .node("MatMul", "x, pk", "k0")
            .node("MatMul", "x, pv", "v0")
            .node("Reshape", "q0, heads", "q1")
            .node("Reshape", "k0, heads", "k1")
            .node("Reshape", "v0, heads", "v1")
            .node("Transpose", "q1", "q", Attributes.integers("perm", 0, 2, 1, 3))
            .node("Transpose", "k1", "k", Attributes.integers("perm", 0, 2, 3, 1))
            .node("Transpose", "v1", "v", Attributes.integers("perm", 0, 2, 1, 3))
            .node("MatMul", "q, k", "s0")
            .node("Mul", "s0, root", "s")
            .node("Softmax", "s", "a", Attributes.integer("axis", -1))
            .node("MatMul", "a, v", "c0")
            .node("Transpose", "c0", "c", Attributes.integers("perm", 0, 2, 1, 3))
            .node("Reshape", "c, joined", "y")
            .output("y")
            .build();
    assertThat(new GradientTester(folder).error(model, Loss.Kind.SQUARED, "y"))
        .isLessThan(TOLERANCE);
  }

  @Test
  void aPointwiseConvolutionIsAProductOverTheChannels() {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", 6, 2, 3)
            .random("pw", 1, 8, 6, 1, 1)
            .random("pb", 2, 8)
            .random("pv", 3, 4, 8, 1, 1)
            .node("Conv", "x, pw, pb", "h")
            .node("Relu", "h", "r")
            .node("Conv", "r, pv", "y")
            .output("y")
            .build();
    assertThat(new GradientTester(folder).error(model, Loss.Kind.SQUARED, "y"))
        .isLessThan(TOLERANCE);
  }

  @Test
  void whatNeedsPositiveNumbersHasThem() {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", 6)
            .random("p", 1, 6, 8)
            .initializer("one", new float[] {1})
            .integers("axes", 1)
            .node("MatMul", "x, p", "h")
            .node("Mul", "h, h", "s0")
            .node("Add", "s0, one", "s")
            .node("Sqrt", "s", "a")
            .node("Log", "a", "b")
            .node("Reciprocal", "s", "c")
            .node("Sub", "b, c", "d")
            .node("Unsqueeze", "d, axes", "e")
            .node("Squeeze", "e, axes", "f")
            .node("Cast", "f", "g", Attributes.integer("to", 11))
            .node("Cast", "g", "i", Attributes.integer("to", 1))
            .node("Dropout", "i", "y")
            .output("y")
            .build();
    assertThat(new GradientTester(folder).error(model, Loss.Kind.SQUARED, "y"))
        .isLessThan(TOLERANCE);
  }

  @Test
  void choicesAndRepetitionsHandBackWhatTheyTook() {
    ModelProto model =
        GraphBuilder.opset(17)
            .domain("com.microsoft", 1)
            .input("x", "N", 6)
            .random("p", 1, 6, 8)
            .random("pw", 2, 8, 8)
            .random("pc", 3, 1, 8)
            .initializer("zero", new float[] {0})
            .integers("shape", 3, 8)
            .node("MatMul", "x, p", "h")
            .node("fused", "com.microsoft::FusedMatMul", "h, pw", "k")
            .node("Greater", "h, zero", "up")
            .node("Expand", "pc, shape", "c")
            .node("Where", "up, k, c", "y")
            .output("y")
            .build();
    assertThat(new GradientTester(folder).error(model, Loss.Kind.SQUARED, "y"))
        .isLessThan(TOLERANCE);
  }

  @Test
  void everyOperatorIsTried() {
    List<String> tried =
        Stream.concat(
                cases().map(tested -> tested.operator().replace("com.microsoft::", "")),
                Stream.of(
                    "Split",
                    "Conv",
                    "Sqrt",
                    "Log",
                    "Reciprocal",
                    "Squeeze",
                    "Cast",
                    "Dropout",
                    "FusedMatMul",
                    "Expand",
                    "Where"))
            .toList();
    assertThat(tried).containsAll(Differentiation.operators());
  }

  @Test
  void namesTheNodeThatIsInTheWay() {
    ModelProto model = Case.of("Sin").model();
    assertThatThrownBy(() -> new GradientTester(folder).error(model, Loss.Kind.SQUARED, "y"))
        .isInstanceOf(NotDifferentiableException.class)
        .hasMessageContaining("Sin 'Sin_");
  }
}
