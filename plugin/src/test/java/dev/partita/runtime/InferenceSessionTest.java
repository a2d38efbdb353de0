package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.ElementType;
import dev.partita.onnx.GraphProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InferenceSessionTest {
  @TempDir Path folder;

  @Test
  void describesInputsAndOutputs() {
    Path model = TestModels.matMul(folder.resolve("m.onnx"), 2, 1, 3, 4);
    try (InferenceSession session = InferenceSession.open(model)) {
      TensorDescription input = session.inputs().get(0);
      assertThat(input.name()).isEqualTo("x");
      assertThat(input.type()).isEqualTo(ElementType.FLOAT);
      assertThat(input.shape().toArray()).containsExactly(-1, 2);
      assertThat(input.dimensionNames()).containsExactly("batch", "");
      assertThat(input.shapeText()).isEqualTo("[batch, 2]");
      assertThat(session.outputs()).extracting(TensorDescription::name).containsExactly("y");
    }
  }

  @Test
  void computesAProduct() {
    Path model = TestModels.matMul(folder.resolve("m.onnx"), 2, 1, 3, 4);
    try (InferenceSession session =
        InferenceSession.open(
            model,
            SessionOptions.SINGLE_THREADED
                .withOptimized(false)
                .withThreads(2)
                .withConfiguration(Map.of("session.intra_op.allow_spinning", "0")))) {
      Tensor x = Tensor.of(new float[] {1, 2, 10, 20}, 2, 2);
      ImmutableMap<String, Tensor> result = session.run(Map.of("x", x), List.of("y"));
      assertThat(result.get("y").toFloats()).containsExactly(11, 110);
      assertThat(result.get("y").shape().toArray()).containsExactly(2, 1);
    }
  }

  /** Unsigned types matter most: ONNX Runtime's Java interface has no way to make three of them. */
  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyElementTypeGoesThroughUnchanged(ElementType type) {
    Path model = TestModels.identity(folder.resolve("m.onnx"), type.onnxNumber(), "n", 3);
    Tensor x = Tensor.allocate(type, 2, 3);
    ByteBuffer bytes = x.data();
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) (type == ElementType.BOOL ? i & 1 : 0xF0 + i));
    }
    try (InferenceSession session = InferenceSession.open(model)) {
      Tensor y = session.run(Map.of("x", x), List.of("y")).get("y");
      assertThat(y.type()).isEqualTo(type);
      assertThat(y).isEqualTo(x);
    }
  }

  @Test
  void emptyTensorsAndUnalignedOnesAreFine() {
    Path model = TestModels.identity(folder.resolve("m.onnx"), 1, "n", 3);
    try (InferenceSession session = InferenceSession.open(model)) {
      Tensor none = Tensor.allocate(ElementType.FLOAT, 0, 3);
      assertThat(session.run(Map.of("x", none), List.of("y")).get("y")).isEqualTo(none);
      Tensor second = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3).rows(1, 2);
      assertThat(second.isAligned()).isFalse();
      assertThat(session.run(Map.of("x", second), List.of("y")).get("y").toFloats())
          .containsExactly(4, 5, 6);
    }
  }

  @Test
  void failuresAreOneSentenceNamingTheFile() throws IOException {
    Path missing = folder.resolve("none.onnx");
    assertThatThrownBy(() -> InferenceSession.open(missing))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessage(missing + " is not a file.");

    Path broken = Files.writeString(folder.resolve("broken.onnx"), "no model");
    assertThatThrownBy(() -> InferenceSession.open(broken))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageStartingWith(broken + " cannot be loaded by ONNX Runtime: ")
        .hasMessageNotContaining("\n");

    Path model = TestModels.matMul(folder.resolve("m.onnx"), 2, 1, 3, 4);
    try (InferenceSession session = InferenceSession.open(model)) {
      Tensor wide = Tensor.allocate(ElementType.FLOAT, 1, 5);
      assertThatThrownBy(() -> session.run(Map.of("x", wide), List.of("y")))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessageStartingWith(model + " cannot be run by ONNX Runtime: ");
      assertThatThrownBy(() -> session.run(Map.of("x", wide), List.of("yy")))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessage(model + " has no output \"yy\" (did you mean \"y\"?).");
    }
  }

  @Test
  void stringsAreNotFedAndComeOutAsNumbers() {
    Path model = TestModels.identity(folder.resolve("s.onnx"), 8, "n");
    assertThatThrownBy(() -> InferenceSession.open(model))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessage(
            model + ": input \"x\" is a tensor of strings, which is not supported as an input.");

    Path cast =
        TestModels.write(
            folder.resolve("c.onnx"),
            GraphProto.newBuilder()
                .addInput(TestModels.value("x", 1, "n"))
                .addOutput(TestModels.value("text", 8, "n"))
                .addNode(
                    TestModels.node("Cast", "text", "x")
                        .addAttribute(TestModels.attribute("to", 8))));
    try (InferenceSession session = InferenceSession.open(cast)) {
      assertThat(session.outputs()).isEmpty();
      assertThat(session.unsupportedOutputs()).containsEntry("text", "a tensor of strings");
      assertThat(session.convertedOutputs())
          .containsExactly(TensorDescription.of("text", ElementType.INT64, -1));
      Tensor x = Tensor.of(new float[] {1, 2, 1}, 3);
      Tensor texts =
          Objects.requireNonNull(session.run(Map.of("x", x), List.of("text")).get("text"));
      assertThat(texts.doubleAt(0)).isEqualTo(texts.doubleAt(2)).isNotEqualTo(texts.doubleAt(1));
      assertThat(texts.doubleAt(0)).isEqualTo(TextOutputs.code("1"));
    }
  }

  @Test
  void aSequenceOfTensorsCannotBeRead() {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(TestModels.value("x", 1, "n"))
            .addNode(TestModels.node("SequenceConstruct", "all", "x"));
    graph
        .addOutputBuilder()
        .setName("all")
        .getTypeBuilder()
        .getSequenceTypeBuilder()
        .getElemTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(1);
    Path model = TestModels.write(folder.resolve("sequence.onnx"), graph);
    try (InferenceSession session = InferenceSession.open(model)) {
      Tensor x = Tensor.of(new float[] {1}, 1);
      assertThatThrownBy(() -> session.run(Map.of("x", x), List.of("all")))
          .hasMessage(model + ": output \"all\" is a sequence, which cannot be read.");
    }
  }

  @Test
  void aClosedSessionSaysSo() {
    Path model = TestModels.matMul(folder.resolve("m.onnx"), 2, 1, 3, 4);
    InferenceSession session = InferenceSession.open(model);
    session.close();
    session.close();
    Tensor x = Tensor.of(new float[] {1, 2}, 1, 2);
    assertThatThrownBy(() -> session.run(Map.of("x", x), List.of("y")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The session of " + model + " is closed.");
  }

  /** 2,000 runs of 1 MB in and 1 MB out would leave 4 GB behind if a tensor stayed open. */
  @Test
  @Tag("slow")
  void nothingLeaksOverManyRuns() throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/statm")));
    Path model = TestModels.identity(folder.resolve("m.onnx"), 6, "n", 1024);
    Path unsigned = TestModels.identity(folder.resolve("u.onnx"), 12, "n", 1024);
    Tensor x = Tensor.allocate(ElementType.INT32, 256, 1024);
    Tensor u = Tensor.allocate(ElementType.UINT32, 256, 1024);
    try (InferenceSession session = InferenceSession.open(model);
        InferenceSession unsignedSession = InferenceSession.open(unsigned)) {
      long before = 0;
      for (int i = 0; i < 1000; i++) {
        assertThat(session.run(Map.of("x", x), List.of("y"))).hasSize(1);
        assertThat(unsignedSession.run(Map.of("x", u), List.of("y"))).hasSize(1);
        if (i == 199) {
          before = residentBytes();
        }
      }
      // The direct buffers of outputs wait for the collector, hence the wide margin.
      System.gc();
      assertThat(residentBytes() - before).isLessThan(400L << 20);
    }
  }

  private static long residentBytes() throws IOException {
    System.gc();
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[1];
    return Long.parseLong(pages) * 4096;
  }
}
