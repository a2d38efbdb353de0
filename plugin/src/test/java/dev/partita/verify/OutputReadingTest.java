package dev.partita.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.runtime.DataException;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Labels;
import dev.partita.runtime.NpzWriter;
import dev.partita.runtime.RuntimeFailure;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How outputs are read, what becomes of a destroyed model then, and of one that is unharmed. */
class OutputReadingTest {

  private static final int SAMPLES = 200;

  @TempDir private Path folder;

  /** Rows of Gaussian numbers. */
  private static Tensor numbers(int... sizes) {
    SplittableRandom random = new SplittableRandom(5);
    int count = 1;
    long[] shape = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      count *= sizes[i];
      shape[i] = sizes[i];
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, shape);
  }

  private static DataSet data(Tensor x, @Nullable Labels labels) {
    long[] shape = x.shape().toArray();
    shape[0] = -1;
    return DataSet.of(
        "numbers",
        List.of(TensorDescription.of("x", ElementType.FLOAT, shape)),
        Map.of("x", x),
        labels);
  }

  /** {@code f(x * scale)}: a scale of 0 destroys all that the input says. */
  private Path model(String name, float scale, Object[] dims, Tail tail) {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", dims)
            .initializer("scale", new float[] {scale}, 1)
            .node("Mul", "x, scale", "h");
    return tail.on(graph).write(folder.resolve(name + ".onnx"));
  }

  private interface Tail {
    GraphBuilder on(GraphBuilder graph);
  }

  private Accuracy compare(
      float scale, Tensor x, @Nullable Labels labels, GateLimits limits, Tail tail)
      throws InterruptedException {
    Object[] dims = x.shape().stream().boxed().toArray();
    dims[0] = "N";
    Path original = model("original", 1, dims, tail);
    Path candidate = model("candidate", scale, dims, tail);
    try (Reference reference = Reference.of(original, data(x, labels), Workers.of(1))) {
      return Gate.check(limits, reference, candidate);
    }
  }

  private OutputAccuracy read(Tensor x, @Nullable Labels labels, Tail tail)
      throws InterruptedException {
    Accuracy same = compare(1, x, labels, GateLimits.DEFAULTS, tail);
    assertThat(same.passed()).as("unharmed").isTrue();
    assertThat(compare(0, x, labels, GateLimits.DEFAULTS, tail).passed()).as("destroyed").isFalse();
    return same.outputs().get(0);
  }

  @Test
  void aSoftmaxMakesScoresAlongItsAxis() throws InterruptedException {
    OutputAccuracy last =
        read(
            numbers(SAMPLES, 4),
            null,
            graph -> graph.node("Softmax", "h", "y").output("y", "N", 4));
    assertThat(last.readAs()).isEqualTo("scores");
    assertThat(last.readBecause()).isEqualTo("a Softmax makes it");
    OutputAccuracy map =
        read(
            numbers(SAMPLES, 3, 2, 2),
            null,
            graph ->
                graph
                    .node("LogSoftmax", "h", "y", Attributes.integer("axis", 1))
                    .output("y", "N", 3, 2, 2));
    assertThat(map.readAs()).isEqualTo("scores");
    assertThat(map.positions()).isEqualTo(SAMPLES * 4L);
    OutputAccuracy turned =
        read(
            numbers(SAMPLES, 3, 5),
            null,
            graph ->
                graph
                    .node("Softmax", "h", "s", Attributes.integer("axis", 1))
                    .node("Transpose", "s", "y", Attributes.integers("perm", 0, 2, 1))
                    .output("y", "N", 5, 3));
    assertThat(turned.readAs()).isEqualTo("scores");
    assertThat(turned.positions()).isEqualTo(SAMPLES * 5L);
  }

  @Test
  void anArgMaxOfItMakesScores() throws InterruptedException {
    OutputAccuracy output =
        read(
            numbers(SAMPLES, 4),
            null,
            graph ->
                graph
                    .node("Identity", "h", "y")
                    .node("ArgMax", "h", "best", Attributes.integer("axis", 1))
                    .output("y", "N", 4)
                    .output("best", DataType.INT64, "N", 1));
    assertThat(output.readAs()).isEqualTo("scores");
    assertThat(output.readBecause()).isEqualTo("an output comes from its ArgMax");
  }

  @Test
  void wholeNumbersAreClasses() throws InterruptedException {
    OutputAccuracy output =
        read(
            numbers(SAMPLES, 4),
            null,
            graph ->
                graph
                    .node("ArgMax", "h", "y", Attributes.integer("axis", 1))
                    .output("y", DataType.INT64, "N", 1));
    assertThat(output.readAs()).isEqualTo("classes");
    assertThat(output.agreement()).isEqualTo(1);
  }

  @Test
  void severalColumnsWithoutEvidenceAreUndecided() throws InterruptedException {
    OutputAccuracy output =
        read(
            numbers(SAMPLES, 4),
            null,
            graph -> graph.node("Identity", "h", "y").output("y", "N", 4));
    assertThat(output.readAs()).isEqualTo("undecided");
  }

  /** Targets in their units: the largest is always the same, whatever becomes of the numbers. */
  @Test
  void constantDecisionsProveNothing() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 2);
    Tail tail =
        graph ->
            graph
                .initializer("unit", new float[] {30, 3}, 2)
                .node("Add", "h, unit", "y")
                .output("y", "N", 2);
    OutputAccuracy output = read(x, null, tail);
    assertThat(output.readAs()).isEqualTo("values");
    assertThat(output.readBecause()).contains("constant");
    Accuracy mean = compare(0, x, null, GateLimits.DEFAULTS, tail);
    assertThat(mean.outputs().get(0).explained()).isCloseTo(0, within(0.05));
  }

  /** One in fifty is positive: a model that always says no agrees with 98 %. */
  @Test
  void aRareClassHasToBeKept() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 1);
    Tail tail =
        graph ->
            graph
                .initializer("bias", new float[] {-2}, 1)
                .node("Add", "h, bias", "z")
                .node("Neg", "z", "n")
                .node("Concat", "n, z", "both", Attributes.integer("axis", 1))
                .node("Softmax", "both", "y")
                .output("y", "N", 2);
    Accuracy destroyed = compare(0, x, null, GateLimits.DEFAULTS, tail);
    assertThat(destroyed.outputs().get(0).agreement()).isGreaterThan(0.95);
    assertThat(destroyed.passed()).isFalse();
    assertThat(compare(1, x, null, GateLimits.DEFAULTS, tail).passed()).isTrue();
  }

  @Test
  void oneColumnIsAValueOrWithLabelsADecision() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 1);
    Tail logit = graph -> graph.node("Identity", "h", "y").output("y", "N", 1);
    assertThat(read(x, null, logit).readAs()).isEqualTo("values");
    long[] positive = new long[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      positive[i] = x.floatAt(i) > 0 ? 1 : 0;
    }
    OutputAccuracy labelled = read(x, Labels.of(positive), logit);
    assertThat(labelled.readAs()).isEqualTo("probabilities");
    assertThat(labelled.top1Before()).isEqualTo(1);
    OutputAccuracy sigmoid =
        read(
            x,
            Labels.of(positive),
            graph -> graph.node("Sigmoid", "h", "p").node("Flatten", "p", "y").output("y", "N", 1));
    assertThat(sigmoid.top1Before()).isEqualTo(1);
    assertThat(sigmoid.top1After()).isEqualTo(1);
  }

  @Test
  void aSigmoidMeansProbabilitiesWhereMostAreNearlyCertain() throws InterruptedException {
    Tail sure =
        graph ->
            graph
                .initializer("steep", new float[] {20}, 1)
                .node("Mul", "h, steep", "z")
                .node("Sigmoid", "z", "y")
                .output("y", "N", 3);
    assertThat(read(numbers(SAMPLES, 3), null, sure).readAs()).isEqualTo("probabilities");
    Tail unsure = graph -> graph.node("Sigmoid", "h", "y").output("y", "N", 3);
    assertThat(read(numbers(SAMPLES, 3), null, unsure).readAs()).isEqualTo("values");
  }

  @Test
  void severalLabelsAreDecidedColumnByColumn() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 3);
    long[] all = new long[3 * SAMPLES];
    for (int i = 0; i < all.length; i++) {
      all[i] = x.floatAt(i) > 0 ? 1 : 0;
    }
    Labels labels = Labels.of(Tensor.of(all, SAMPLES, 3));
    Tail tail = graph -> graph.node("Identity", "h", "y").output("y", "N", 3);
    OutputAccuracy output = read(x, labels, tail);
    assertThat(output.readAs()).isEqualTo("probabilities");
    assertThat(output.exactBefore()).isEqualTo(1);
    assertThat(output.f1After()).isEqualTo(1);
    OutputAccuracy destroyed = compare(0, x, labels, GateLimits.DEFAULTS, tail).outputs().get(0);
    assertThat(destroyed.f1After()).isZero();
  }

  @Test
  void targetsMakeValuesWithR2() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 2);
    float[] targets = x.toFloats();
    for (int i = 0; i < targets.length; i++) {
      targets[i] += i % 2 == 0 ? 0.1f : -0.1f;
    }
    OutputAccuracy output =
        read(
            x,
            Labels.of(Tensor.of(targets, SAMPLES, 2)),
            graph -> graph.node("Identity", "h", "y").output("y", "N", 2));
    assertThat(output.readAs()).isEqualTo("values");
    assertThat(output.r2Before()).isBetween(0.95, 1.0);
  }

  @Test
  void classNumbersAreMatchedWithTheOutputThatTheyFit() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 4);
    long[] classes = new long[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      for (int c = 1; c < 4; c++) {
        classes[i] = x.floatAt(4 * i + c) > x.floatAt(4 * i + (int) classes[i]) ? c : classes[i];
      }
    }
    Accuracy accuracy =
        compare(
            1,
            x,
            Labels.of(classes),
            GateLimits.DEFAULTS,
            graph ->
                graph
                    .random("mix", 3, 4, 16)
                    .node("MatMul", "h, mix", "features")
                    .node("Identity", "h", "y")
                    .output("y", "N", 4)
                    .output("features", "N", 16));
    assertThat(accuracy.outputs())
        .extracting(OutputAccuracy::readAs)
        .containsExactly("scores", "undecided");
    assertThat(accuracy.outputs().get(0).top1Before()).isEqualTo(1);
  }

  @Test
  void oneHotLabelsAreNamedAsSuch() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 2);
    long[] hot = new long[2 * SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      hot[2 * i + i % 2] = 1;
    }
    Accuracy accuracy =
        compare(
            1,
            x,
            Labels.of(Tensor.of(hot, SAMPLES, 2)),
            GateLimits.DEFAULTS,
            graph -> graph.node("Softmax", "h", "y").output("y", "N", 2));
    assertThat(accuracy.outputs().get(0).top1Before()).isNull();
    assertThat(accuracy.notes()).anySatisfy(note -> assertThat(note).contains("labels.argmax(1)"));
  }

  @Test
  void theUserHasTheLastWord() throws InterruptedException {
    Tensor x = numbers(SAMPLES, 4);
    Tail tail = graph -> graph.node("Softmax", "h", "y").output("y", "N", 4);
    GateLimits values = GateLimits.DEFAULTS.reading("y", "values");
    assertThat(compare(1, x, null, values, tail).outputs().get(0).readAs()).isEqualTo("values");
    GateLimits axis = GateLimits.DEFAULTS.reading("y", "scores@0");
    assertThatThrownBy(() -> compare(1, x, null, axis, tail))
        .isInstanceOf(GateException.class)
        .hasMessageContaining("The output \"y\" has no two scores along axis 0; its shape is ");
    GateLimits far = GateLimits.DEFAULTS.reading("y", "scores@7");
    assertThatThrownBy(() -> compare(1, x, null, far, tail))
        .isInstanceOf(GateException.class)
        .hasMessageContaining("The output \"y\" has no axis 7; its shape is ");
    GateLimits none = GateLimits.DEFAULTS.reading("z", "values");
    assertThatThrownBy(() -> compare(1, x, null, none, tail))
        .isInstanceOf(GateException.class)
        .hasMessageContaining("no output \"z\"");
    assertThatThrownBy(() -> Reading.Asked.parse("values@1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMaskThatLeavesOutEverythingIsAnError() {
    Path model =
        GraphBuilder.opset(17)
            .input("x", "N", 2, 3)
            .input("attention_mask", DataType.INT64, "N", 2)
            .node("Identity", "x", "y")
            .output("y", "N", 2, 3)
            .write(folder.resolve("masked.onnx"));
    assertThatThrownBy(
            () -> {
              List<TensorDescription> inputs =
                  List.of(
                      TensorDescription.of("x", ElementType.FLOAT, -1, 2, 3),
                      TensorDescription.of("attention_mask", ElementType.INT64, -1, 2));
              Path file =
                  new NpzWriter()
                      .floats("x", "(1, 2, 3)", 1, 2, 3, 4, 5, 6)
                      .longs("attention_mask", "(1, 2)", 0, 0)
                      .write(folder.resolve("data.npz"));
              DataSet data = DataSet.read(file.toString(), inputs, 1);
              ModelComparison.compare(model, model, data, Workers.of(1));
            })
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith(": the padding mask leaves out every position of every output.");
  }

  @Test
  void anOutputAsLongAsTheDataMakesItIsNotHeldByDefault() throws InterruptedException {
    Tail tail =
        graph ->
            graph
                .initializer("least", new float[] {0.2f}, 1)
                .node("Identity", "h", "y")
                .node("Greater", "h, least", "is")
                .node("NonZero", "is", "places")
                .node("Transpose", "places", "kept", Attributes.integers("perm", 1, 0))
                .output("y", "N", 4)
                .output("kept", DataType.INT64, "K", 2);
    Tensor x = numbers(SAMPLES, 4);
    Accuracy slightly = compare(0.9f, x, null, GateLimits.DEFAULTS, tail);
    assertThat(slightly.outputs().get(1).dataDependent()).isTrue();
    assertThat(slightly.outputs().get(1).sizeDiffers()).isTrue();
    assertThat(slightly.passed()).isTrue();
    assertThat(compare(0.9f, x, null, GateLimits.DEFAULTS.withOutputs("kept"), tail).passed())
        .isFalse();
  }

  /** The mean over the second axis, when the first one was taken for the samples. */
  @Test
  void outputsThatCountNoSamplesAreNoted() throws InterruptedException {
    Tail mean =
        graph ->
            graph
                .node(
                    "ReduceMean",
                    "h",
                    "y",
                    Attributes.integers("axes", 0),
                    Attributes.integer("keepdims", 0))
                .output("y", 7, 3);
    Accuracy accuracy = compare(1, numbers(20, 7, 3), null, GateLimits.DEFAULTS, mean);
    assertThat(accuracy.notes())
        .anySatisfy(
            note ->
                assertThat(note)
                    .startsWith("No output has a row for each of the 20 samples of numbers")
                    .contains("the shape of \"y\" is [7, 3]")
                    .endsWith("--sample-axis NAME=AXIS."));
    Accuracy rows =
        compare(1, numbers(20, 7), null, GateLimits.DEFAULTS, graph -> graph.output("h", "N", 7));
    assertThat(rows.notes()).noneMatch(note -> note.startsWith("No output has a row"));
  }

  /** A user knows the place where a model is to end up, not the file that is checked before. */
  @Test
  void aCandidateThatDoesNotRunIsNamedByItsPlace() throws InterruptedException {
    Tensor x = numbers(20, 4);
    Object[] dims = {"N", 4};
    Path original = model("original", 1, dims, graph -> graph.output("h", "N", 4));
    Path broken =
        GraphBuilder.opset(17)
            .input("x", dims)
            .integers("shape", 3, 7)
            .node("Reshape", "x, shape", "h")
            .output("h", "N", 4)
            .write(folder.resolve("staged.onnx"));
    Path shown = folder.resolve("pruned.onnx");
    try (Reference reference = Reference.of(original, data(x, null), Workers.of(1))) {
      assertThatThrownBy(() -> Gate.check(GateLimits.DEFAULTS, reference, broken, shown))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessageStartingWith(shown + " cannot be run by ONNX Runtime")
          .hasMessageContaining("while checking the rewritten model")
          .hasMessageNotContaining("staged.onnx");
    }
  }
}
