package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import dev.partita.model.ElementType;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SinglePrecisionTest {

  private static final int HALF = TensorProto.DataType.FLOAT16_VALUE;

  /** 1, 2 and 2^-11 as bits of half precision. */
  private static final short ONE = 0x3c00;

  private static final short TWO = 0x4000;
  private static final short TINY = 0x1000;

  @TempDir private Path folder;

  /** The sum 1 * 1 + 1 * 2^-11 has 12 bits. */
  @Test
  void computesTheSameNumbersWithoutRoundingThem() throws IOException {
    Path half = write(model(), "half.onnx");
    Path single = write(SinglePrecision.of(model(), half), "single.onnx");
    Tensor input = halves(1, 2, ONE, ONE);
    assertThat(run(half, input).type()).isEqualTo(ElementType.FLOAT16);
    Tensor exact = run(single, SinglePrecision.of(Map.of("x", input)).get("x"));
    assertThat(exact.type()).isEqualTo(ElementType.FLOAT);
    assertThat(exact.floatAt(0)).isEqualTo(1 + 1f / 2048);
    Tensor rounded = run(half, input);
    assertThat(rounded.floatAt(0)).isNotEqualTo(exact.floatAt(0));
  }

  @Test
  void aRewriteMayStrayAsFarAsItsOracleButNoFurther() {
    assertThat(Oracle.isAsNear(0.0035, 0.0034)).isTrue();
    assertThat(Oracle.isAsNear(0.0042, 0.0034)).isFalse();
    assertThat(Oracle.isAsNear(Double.POSITIVE_INFINITY, 0.0034)).isFalse();
    assertThat(Oracle.isAsNear(Double.NaN, 0.0034)).isFalse();
  }

  @Test
  void aMisplacedWeightIsNotTheOracles() throws IOException {
    Path half = write(model(), "half.onnx");
    Path swapped = write(model(TINY, ONE), "swapped.onnx");
    try (Oracle oracle = new Oracle(half, model(), Tolerance.of(HALF))) {
      oracle.compare(half, ImmutableMap.of("x", halves(1, 2, ONE, TWO)));
      assertThat(oracle.isMet()).isTrue();
      assertThat(oracle.note()).isEmpty();
      oracle.compare(swapped, ImmutableMap.of("x", halves(1, 2, ONE, TWO)));
      assertThat(oracle.isMet()).isFalse();
      assertThat(oracle.note()).contains("its oracle");
    }
    assertThat(folder.resolve("half.onnx.oracle")).doesNotExist();
    assertThat(folder.resolve("half.onnx.oracle.single")).doesNotExist();
    assertThat(folder.resolve("swapped.onnx.single")).doesNotExist();
  }

  private static ModelProto model() {
    return model(ONE, TINY);
  }

  /** A product of half precision behind a Cast, which names its type in an attribute. */
  private static ModelProto model(short... weights) {
    TensorProto weight =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(HALF)
            .addAllDims(List.of((long) weights.length, 1L))
            .setRawData(ByteString.copyFrom(bytes(weights)))
            .build();
    AttributeProto to =
        AttributeProto.newBuilder()
            .setName("to")
            .setType(AttributeProto.AttributeType.INT)
            .setI(HALF)
            .build();
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("g")
            .addNode(node("Cast", "c", "x").toBuilder().addAttribute(to))
            .addNode(node("MatMul", "y", "c", "w"))
            .addInitializer(weight)
            .addInput(value("x", weights.length))
            .addOutput(value("y", 1));
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
        .setGraph(graph)
        .build();
  }

  private static NodeProto node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  private static ValueInfoProto value(String name, int features) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimValue(1);
    shape.addDimBuilder().setDimValue(features);
    TypeProto.Tensor type = TypeProto.Tensor.newBuilder().setElemType(HALF).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }

  private static Tensor halves(long rows, long columns, short... bits) {
    Tensor tensor = Tensor.allocate(ElementType.FLOAT16, new long[] {rows, columns});
    tensor.data().put(0, bytes(bits));
    return tensor;
  }

  private static byte[] bytes(short... bits) {
    ByteBuffer buffer = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (short value : bits) {
      buffer.putShort(value);
    }
    return buffer.array();
  }

  private Path write(ModelProto model, String name) throws IOException {
    return Files.write(folder.resolve(name), model.toByteArray());
  }

  private static Tensor run(Path model, Tensor input) {
    try (InferenceSession session = InferenceSession.open(model)) {
      return session.run(Map.of("x", input), List.of("y")).get("y");
    }
  }
}
