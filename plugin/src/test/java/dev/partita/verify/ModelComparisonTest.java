package dev.partita.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.partita.model.ElementType;
import dev.partita.onnx.GraphProto;
import dev.partita.runtime.DataException;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Labels;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.runtime.TestModels;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelComparisonTest {
  private static final TensorDescription PAIR = TensorDescription.of("x", ElementType.FLOAT, -1, 2);

  @TempDir Path folder;

  private static DataSet pairs(long @Nullable [] labels, float... values) {
    return DataSet.of(
        "pairs",
        List.of(PAIR),
        Map.of("x", Tensor.of(values, values.length / 2, 2)),
        labels == null ? null : Labels.of(labels));
  }

  private Path identity() {
    return TestModels.matMul(folder.resolve("identity.onnx"), 2, 2, 1, 0, 0, 1);
  }

  private static OutputAccuracy first(Accuracy accuracy) {
    return accuracy.outputs().get(0);
  }

  @Test
  void aModelAgreesWithItself() throws InterruptedException {
    Accuracy accuracy =
        ModelComparison.compare(
            identity(), identity(), pairs(null, 1, 2, 4, 3, 0, 0), Workers.of(2));
    assertThat(accuracy.samples()).isEqualTo(3);
    assertThat(accuracy.labelled()).isFalse();
    OutputAccuracy output = first(accuracy);
    assertThat(output.name()).isEqualTo("y");
    assertThat(output.relativeError()).isZero();
    assertThat(output.agreement()).isEqualTo(1);
    assertThat(output.cosine()).isCloseTo(1, within(1e-12));
    assertThat(output.top1Before()).isNull();
    assertThat(output.standardErrors().relativeError()).isZero();
    assertThat(output.standardErrors().top1Drop()).isNull();
    assertThat(Gate.apply(GateLimits.DEFAULTS, accuracy).passed()).isTrue();
  }

  /** Original (1,0) (0,2) (3,4) (5,0); rewritten keeps the first column and halves the second. */
  @Test
  void figuresAreThoseComputedByHand() throws InterruptedException {
    Path halved = TestModels.matMul(folder.resolve("halved.onnx"), 2, 2, 1, 0, 0, 0.5f);
    DataSet data = pairs(new long[] {0, 1, 1, 1}, 1, 0, 0, 2, 3, 4, 5, 0);
    OutputAccuracy output = first(ModelComparison.compare(identity(), halved, data, Workers.of(1)));
    // Differences squared 0, 1, 4, 0; originals squared 1, 4, 25, 25.
    assertThat(output.relativeError()).isCloseTo(Math.sqrt(5.0 / 55), within(1e-12));
    // Arg-max 0, 1, 1, 0 before and 0, 1, 0, 0 after: (3, 2) points to the first column.
    assertThat(output.agreement()).isEqualTo(0.75);
    assertThat(output.top1Before()).isEqualTo(0.75);
    assertThat(output.top1After()).isEqualTo(0.5);
    double cosine = (3 * 3 + 4 * 2) / (5 * Math.sqrt(13));
    assertThat(output.cosine()).isCloseTo((3 + cosine) / 4, within(1e-12));

    // Drops 0, 0, 1, 0: variance 0.25 over four samples; agreement is one less than them.
    assertThat(output.standardErrors().top1Drop()).isCloseTo(0.25, within(1e-12));
    assertThat(output.standardErrors().agreement()).isCloseTo(0.25, within(1e-12));
    assertThat(output.standardErrors().cosine()).isCloseTo((1 - cosine) / 4, within(1e-12));
    // Residuals d - o/11: -1/11, 7/11, 19/11, -25/11; their squares sum to 1036/121.
    double ofMean = Math.sqrt(1036.0 / 121 / 3 / 4);
    double ofRatio = ofMean / (55.0 / 4);
    assertThat(output.standardErrors().relativeError())
        .isCloseTo(ofRatio / (2 * Math.sqrt(1.0 / 11)), within(1e-12));
  }

  @Test
  void flippedClassesFailTheGate() throws InterruptedException {
    Path flipped = TestModels.matMul(folder.resolve("flipped.onnx"), 2, 2, 0, 1, 1, 0);
    Accuracy labelled =
        ModelComparison.compare(
            identity(), flipped, pairs(new long[] {0, 1}, 2, 1, 1, 2), Workers.of(1));
    assertThat(first(labelled).top1Before()).isEqualTo(1);
    assertThat(first(labelled).top1After()).isZero();
    assertThat(Gate.apply(GateLimits.DEFAULTS, labelled).passed()).isFalse();
    Accuracy unlabelled =
        ModelComparison.compare(identity(), flipped, pairs(null, 2, 1, 1, 2), Workers.of(1));
    assertThat(first(unlabelled).agreement()).isZero();
    assertThat(Gate.apply(GateLimits.DEFAULTS, unlabelled).passed()).isFalse();
  }

  /** The arg-max stays right, but the other column becomes infinite for one sample. */
  @Test
  void newInfinitiesAndNansFailTheGate() throws InterruptedException {
    for (float broken : new float[] {Float.NEGATIVE_INFINITY, Float.NaN}) {
      Path bad = TestModels.matMul(folder.resolve("bad.onnx"), 2, 2, 1, broken, 0, 1);
      Accuracy accuracy =
          ModelComparison.compare(
              identity(), bad, pairs(new long[] {0, 0}, 2, 1, 3, 1), Workers.of(1));
      assertThat(first(accuracy).relativeError()).isInfinite();
      assertThat(first(accuracy).agreement()).isZero();
      assertThat(Gate.apply(GateLimits.DEFAULTS, accuracy).passed()).isFalse();
      // The same values on both sides are equal.
      Accuracy same = ModelComparison.compare(bad, bad, pairs(null, 2, 1, 3, 1), Workers.of(1));
      assertThat(first(same).relativeError()).isZero();
      assertThat(Gate.apply(GateLimits.DEFAULTS, same).passed()).isTrue();
    }
  }

  @Test
  void aNanThatTheRewrittenModelLostIsBrokenToo() throws InterruptedException {
    Path bad = TestModels.matMul(folder.resolve("bad.onnx"), 2, 2, 1, Float.NaN, 0, 1);
    Accuracy accuracy = ModelComparison.compare(bad, identity(), pairs(null, 2, 1), Workers.of(1));
    assertThat(first(accuracy).relativeError()).isInfinite();
    assertThat(Gate.apply(GateLimits.DEFAULTS, accuracy).passed()).isFalse();
  }

  @Test
  void anOriginalOfZerosPassesOnlyZeros() throws InterruptedException {
    Path zeros = TestModels.matMul(folder.resolve("zeros.onnx"), 2, 2, 0, 0, 0, 0);
    DataSet data = pairs(null, 2, 1);
    assertThat(first(ModelComparison.compare(zeros, zeros, data, Workers.of(1))).relativeError())
        .isZero();
    OutputAccuracy differing =
        first(ModelComparison.compare(zeros, identity(), data, Workers.of(1)));
    assertThat(differing.relativeError()).isInfinite();
    assertThat(differing.cosine()).isZero();
    assertThat(differing.standardErrors().cosine()).isNaN();
  }

  @Test
  void wholeNumbersAgreeByElement() throws InterruptedException {
    Path kept = TestModels.identity(folder.resolve("kept.onnx"), 7, "n", 2);
    Path negated =
        TestModels.write(
            folder.resolve("absolute.onnx"),
            GraphProto.newBuilder()
                .addInput(TestModels.value("x", 7, "n", 2))
                .addOutput(TestModels.value("y", 7, "n", 2))
                .addNode(TestModels.node("Abs", "y", "x")));
    DataSet data =
        DataSet.of(
            "numbers",
            List.of(TensorDescription.of("x", ElementType.INT64, -1, 2)),
            Map.of("x", Tensor.of(new long[] {1, 2, -3, 4}, 2, 2)),
            null);
    OutputAccuracy output = first(ModelComparison.compare(kept, negated, data, Workers.of(1)));
    assertThat(output.agreement()).isEqualTo(0.75);
    assertThat(output.standardErrors().agreement()).isCloseTo(0.25, within(1e-12));
    assertThat(output.relativeError()).isCloseTo(6 / Math.sqrt(30), within(1e-12));
  }

  @Test
  void outputsOfHigherRankHaveNoAgreement() throws InterruptedException {
    Path model = TestModels.identity(folder.resolve("m.onnx"), 1, "n", 2, 2);
    DataSet data =
        DataSet.of(
            "cubes",
            List.of(TensorDescription.of("x", ElementType.FLOAT, -1, 2, 2)),
            Map.of("x", Tensor.of(new float[] {1, 2, 3, 4}, 1, 2, 2)),
            Labels.of(new long[] {1}));
    OutputAccuracy output = first(ModelComparison.compare(model, model, data, Workers.of(1)));
    assertThat(output.agreement()).isNull();
    assertThat(output.top1Before()).isNull();
    assertThat(output.relativeError()).isZero();
  }

  @Test
  void differingInterfacesAreRefused() throws InterruptedException {
    Path other =
        TestModels.write(
            folder.resolve("other.onnx"),
            GraphProto.newBuilder()
                .addInput(TestModels.value("x", 1, "n", 2))
                .addOutput(TestModels.value("z", 1, "n", 2))
                .addNode(TestModels.node("Identity", "z", "x")));
    DataSet data = pairs(null, 1, 2);
    assertThatThrownBy(() -> ModelComparison.compare(identity(), other, data, Workers.of(1)))
        .isInstanceOf(ComparisonException.class)
        .hasMessageEndingWith(
            "different outputs: \"y\" only in the first, \"z\" only in the second.");
    Path wide = TestModels.matMul(folder.resolve("wide.onnx"), 2, 3, 1, 0, 0, 1, 0, 0);
    Accuracy wider = ModelComparison.compare(identity(), wide, data, Workers.of(1));
    assertThat(first(wider).sizeDiffers()).isTrue();
    assertThat(first(wider).relativeError()).isNull();
    assertThat(Gate.apply(GateLimits.DEFAULTS, wider).passed()).isFalse();
    Path integers = TestModels.identity(folder.resolve("integers.onnx"), 7, "n", 2);
    assertThatThrownBy(() -> ModelComparison.compare(identity(), integers, data, Workers.of(1)))
        .isInstanceOf(ComparisonException.class)
        .hasMessageStartingWith("The input \"x\" is float32 in ");
  }

  @Test
  void labelsThatAreNoClassAreRefused() {
    assertThatThrownBy(
            () ->
                ModelComparison.compare(
                    identity(), identity(), pairs(new long[] {1, 2}, 1, 2, 3, 4), Workers.of(1)))
        .isInstanceOf(DataException.class)
        .hasMessage("pairs: label 2 of sample 1 is none of the 2 classes of the output \"y\".");
  }

  @Test
  void aReferenceServesSeveralCandidatesFromMemoryOrDisk() throws InterruptedException {
    Path halved = TestModels.matMul(folder.resolve("halved.onnx"), 2, 2, 1, 0, 0, 0.5f);
    DataSet data = DataSet.read("random:300", List.of(PAIR), 3);
    Accuracy expected = ModelComparison.compare(identity(), halved, data, Workers.of(1));
    // 300 rows in batches of 64: 512 bytes a batch, so two fit and three go to the file.
    for (long inMemory : new long[] {1 << 20, 1024, 0}) {
      try (Reference reference = Reference.of(identity(), data, Workers.of(2), inMemory)) {
        assertThat(ModelComparison.compare(reference, halved)).isEqualTo(expected);
        assertThat(ModelComparison.compare(reference, halved)).isEqualTo(expected);
        assertThat(first(ModelComparison.compare(reference, identity())).relativeError()).isZero();
      }
    }
  }
}
