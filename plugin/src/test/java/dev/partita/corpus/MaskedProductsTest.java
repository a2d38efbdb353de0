package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The oracle against sums worked out by hand: X is all ones, W counts from 1, two branches. */
class MaskedProductsTest {

  private static final int[] OWNERS_IN = {0, 1};
  private static final int[] OWNERS_OUT = {0, 0, 1};

  @TempDir private Path folder;

  @Test
  void weightOfInputsByOutputs() throws IOException {
    // 1 2 3 / 4 5 6: kept are 1, 2 and 6.
    assertThat(run("MatMul", TensorProto.DataType.FLOAT_VALUE, false, 1, List.of("x", "w")))
        .containsExactly(1, 2, 6);
  }

  @Test
  void halfPrecision() throws IOException {
    assertThat(run("MatMul", TensorProto.DataType.FLOAT16_VALUE, false, 1, List.of("x", "w")))
        .containsExactly(1, 2, 6);
  }

  @Test
  void weightBehindATranspose() throws IOException {
    // Stored 1 2 / 3 4 / 5 6, used as 1 3 5 / 2 4 6: kept are 1, 3 and 6.
    assertThat(run("MatMul", TensorProto.DataType.FLOAT_VALUE, true, 1, List.of("x", "w")))
        .containsExactly(1, 3, 6);
  }

  @Test
  void integersDropToTheZeroPoint() throws IOException {
    // A dropped weight equals its zero point of 2 and so counts 0; a kept one counts less 2.
    assertThat(
            run(
                "MatMulInteger",
                TensorProto.DataType.UINT8_VALUE,
                false,
                1,
                List.of("x", "w", "", "zero")))
        .containsExactly(-1, 0, 4);
  }

  @Test
  void weightOnTheLeft() throws IOException {
    // Stored 1 2 / 3 4 / 5 6, outputs by inputs: kept are 1, 3 and 6.
    assertThat(run("MatMul", TensorProto.DataType.FLOAT_VALUE, false, 0, List.of("w", "x")))
        .containsExactly(1, 3, 6);
  }

  /** Every weight is (9 - 8) times a scale: 1 2 / 3 4 / 5 6 for outputs and blocks of 16 inputs. */
  @Test
  void blocksOfAFewBitsDropWithTheirScale() throws IOException {
    int[] owners = new int[32];
    Arrays.fill(owners, 16, 32, 1);
    assertThat(packed(owners)).containsExactly(16, 48, 96);
    owners[3] = 1;
    assertThatThrownBy(() -> packed(owners)).hasMessageContaining("several branches");
  }

  private double[] packed(int[] inOwners) throws IOException {
    byte[] nines = new byte[3 * 2 * 8];
    Arrays.fill(nines, (byte) 0x99);
    ModelProto model =
        GraphBuilder.opset(17)
            .domain("com.microsoft", 1)
            .input("x", 1, 32)
            .initializer(
                TensorProto.newBuilder()
                    .setName("b")
                    .setDataType(TensorProto.DataType.UINT8_VALUE)
                    .addAllDims(List.of(3L, 2L, 8L))
                    .setRawData(ByteString.copyFrom(nines))
                    .build())
            .initializer("s", new float[] {1, 2, 3, 4, 5, 6}, 3, 2)
            .node(
                "packed",
                "com.microsoft::MatMulNBits",
                "x, b, s",
                "y",
                Attributes.integer("K", 32),
                Attributes.integer("N", 3),
                Attributes.integer("bits", 4),
                Attributes.integer("block_size", 16))
            .output("y", 1, 3)
            .build();
    MaskedProducts masked = new MaskedProducts(model);
    masked.drop(0, inOwners, OWNERS_OUT);
    Path file = folder.resolve("packed.onnx");
    Files.write(file, masked.build().toByteArray());
    float[] ones = new float[32];
    Arrays.fill(ones, 1);
    try (InferenceSession session = InferenceSession.open(file)) {
      Tensor output = session.run(Map.of("x", Tensor.of(ones, 1, 32)), List.of("y")).get("y");
      return IntStream.range(0, output.elements()).mapToDouble(output::floatAt).toArray();
    }
  }

  private double[] run(
      String operator, int type, boolean transposed, int weight, List<String> operands)
      throws IOException {
    boolean left = weight == 0;
    GraphProto.Builder graph = GraphProto.newBuilder().setName("tested");
    graph.addInitializer(counting("stored", type, left || transposed));
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName("zero")
            .setDataType(TensorProto.DataType.UINT8_VALUE)
            .addInt32Data(2));
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(transposed ? "Transpose" : "Identity")
            .addInput("stored")
            .addOutput("w"));
    graph.addNode(NodeProto.newBuilder().setOpType(operator).addAllInput(operands).addOutput("y"));
    graph.addInput(value("x", type, left ? new long[] {2, 1} : new long[] {1, 2}));
    int made = operator.equals("MatMulInteger") ? TensorProto.DataType.INT32_VALUE : type;
    graph.addOutput(value("y", made, left ? new long[] {3, 1} : new long[] {1, 3}));
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .setGraph(graph)
            .build();
    MaskedProducts masked = new MaskedProducts(model);
    masked.drop(1, OWNERS_IN, OWNERS_OUT);
    Path file = folder.resolve("masked.onnx");
    Files.write(file, masked.build().toByteArray());
    try (InferenceSession session = InferenceSession.open(file)) {
      Tensor output =
          session
              .run(Map.of("x", ones(session.inputs().get(0).type(), left)), List.of("y"))
              .get("y");
      return IntStream.range(0, output.elements()).mapToDouble(output::floatAt).toArray();
    }
  }

  private static Tensor ones(ElementType type, boolean column) {
    Tensor tensor =
        column
            ? Tensor.allocate(type, new long[] {2, 1})
            : Tensor.allocate(type, new long[] {1, 2});
    for (int i = 0; i < 2; i++) {
      switch (type) {
        case FLOAT -> tensor.data().putFloat(i * 4, 1);
        case FLOAT16 -> tensor.data().putShort(i * 2, (short) 0x3c00);
        case UINT8 -> tensor.data().put(i, (byte) 1);
        default -> throw new IllegalArgumentException(type.label());
      }
    }
    return tensor;
  }

  private static TensorProto counting(String name, int type, boolean tall) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .addDims(tall ? 3 : 2)
            .addDims(tall ? 2 : 3);
    // The bits of 1 to 6 in half precision.
    int[] halves = {0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};
    for (int i = 0; i < halves.length; i++) {
      if (type == TensorProto.DataType.FLOAT_VALUE) {
        tensor.addFloatData(i + 1);
      } else {
        tensor.addInt32Data(type == TensorProto.DataType.FLOAT16_VALUE ? halves[i] : i + 1);
      }
    }
    return tensor.build();
  }

  private static ValueInfoProto value(String name, int type, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
        .build();
  }
}
