package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.partita.model.ElementType;
import dev.partita.onnx.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestDataFolderTest {
  private static final TensorDescription X = TensorDescription.of("x", ElementType.FLOAT, -1, 2);
  private static final TensorDescription N = TensorDescription.of("n", ElementType.INT64);

  @TempDir Path folder;

  private Path put(int set, int input, TensorProto.Builder tensor) throws IOException {
    Path directory = Files.createDirectories(folder.resolve("test_data_set_" + set));
    Path file = directory.resolve("input_" + input + ".pb");
    return Files.write(file, tensor.build().toByteArray());
  }

  private static TensorProto.Builder floats(long rows, float... values) {
    return TestModels.weights("", values, rows, values.length / rows);
  }

  private void refuses(String message, TensorDescription... inputs) {
    assertThatThrownBy(() -> DataSet.read(folder.toString(), List.of(inputs), 0))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }

  @Test
  void everySetIsABatchAndSetsAreInOrder() throws IOException {
    // Ten comes after two.
    put(10, 0, floats(1, 9, 9));
    put(0, 0, floats(2, 1, 2, 3, 4));
    put(2, 0, floats(1, 5, 6));
    DataSet data = DataSet.read(folder.toString(), List.of(X), 0);
    assertThat(data.samples()).isEqualTo(4);
    assertThat(data.batches(100)).extracting(Batch::samples).containsExactly(2, 1, 1);
    assertThat(data.batches(1)).extracting(Batch::firstSample).containsExactly(0, 2, 3);
    assertThat(data.batches(1).get(2).inputs().get("x").toFloats()).containsExactly(9, 9);
    assertThat(data.split(0.25).heldOut().samples()).isEqualTo(1);
    assertThat(IntStream.range(0, 4).mapToLong(data::position)).containsExactly(0L, 1L, 2L, 3L);
    assertThat(data.split(0.25).heldOut().position(0)).isEqualTo(3);
  }

  @Test
  void aSingleSetMayBeNamedItself() throws IOException {
    Path file = put(0, 0, floats(1, 1, 2));
    assertThat(DataSet.read(file.getParent().toString(), List.of(X), 0).samples()).isEqualTo(1);
  }

  @Test
  void scalarsMayStandBesideRows() throws IOException {
    put(0, 0, floats(2, 1, 2, 3, 4));
    put(0, 1, TensorProto.newBuilder().setDataType(7).addInt64Data(3));
    DataSet data = DataSet.read(folder.toString(), List.of(X, N), 0);
    assertThat(data.samples()).isEqualTo(1);
    assertThat(data.batches(5).get(0).inputs().get("n").doubleAt(0)).isEqualTo(3);
  }

  /** The same five numbers from the typed field and from raw bytes. */
  @ParameterizedTest
  @EnumSource(ElementType.class)
  void bothWaysToWriteEveryTypeAreRead(ElementType type) throws IOException {
    Tensor expected = Tensor.allocate(type, 1, 5);
    ByteBuffer numbers = expected.data();
    TensorProto.Builder typed =
        TensorProto.newBuilder().setDataType(type.onnxNumber()).addDims(1).addDims(5);
    for (int i = 0; i < 5; i++) {
      int value = type == ElementType.BOOL ? i % 2 : i;
      type.put(value, numbers);
      switch (type) {
        case FLOAT -> typed.addFloatData(value);
        case DOUBLE -> typed.addDoubleData(value);
        case INT64 -> typed.addInt64Data(value);
        case UINT32, UINT64 -> typed.addUint64Data(value);
        case FLOAT16, BFLOAT16 -> typed.addInt32Data(expected.data().getShort(i * 2));
        case UINT8, INT8, UINT16, INT16, INT32, BOOL -> typed.addInt32Data(value);
      }
    }
    put(0, 0, typed);
    put(
        1,
        0,
        TensorProto.newBuilder()
            .setDataType(type.onnxNumber())
            .addDims(1)
            .addDims(5)
            .setRawData(ByteString.copyFrom(expected.data())));
    DataSet data =
        DataSet.read(folder.toString(), List.of(TensorDescription.of("x", type, -1, 5)), 0);
    assertThat(data.batches(9).get(0).inputs().get("x")).isEqualTo(expected);
    assertThat(data.batches(9).get(1).inputs().get("x")).isEqualTo(expected);
  }

  @Test
  void foldersWithoutTestDataAreRefused() {
    refuses(folder + " contains no ONNX test data.", X);
  }

  @Test
  void inputsThatAreTooFewOrTooManyAreRefused() throws IOException {
    Path set = put(0, 0, floats(1, 1, 2)).getParent();
    refuses(set + " has no input_1.pb for the input \"n\".", X, N);
    put(0, 1, floats(1, 1, 2));
    refuses(set + " has input_1.pb, but the model has only 1 inputs.", X);
  }

  @Test
  void tensorsThatDoNotFitAreRefused() throws IOException {
    Path file = put(0, 0, floats(1, 1, 2, 3));
    refuses(file + " has shape [1, 3], the input \"x\" has [?, 2].", X);
    put(0, 0, TensorProto.newBuilder().setDataType(7).addDims(1).addDims(2).addInt64Data(1));
    refuses(file + " contains 1 values, but its shape needs 2.", X);
    put(0, 0, TensorProto.newBuilder().setDataType(11).addDims(0).addDims(2));
    refuses(file + " is float64, the input \"x\" is float32.", X);
    put(0, 0, TensorProto.newBuilder().setDataType(8).addDims(1));
    refuses(file + " is of type STRING, which is not supported as an input.", X);
    put(0, 0, floats(1, 1, Float.NaN));
    refuses(file + " contains NaN, first in row 0.", X);
    put(0, 0, floats(1, 1, 2).setDataLocation(TensorProto.DataLocation.EXTERNAL));
    refuses(file + " stores its values in another file, which is not allowed in test data.", X);
    put(0, 0, TensorProto.newBuilder().setDataType(1).addDims(-1).addDims(2));
    refuses(file + " has the impossible shape [-1, 2].", X);
    Files.writeString(file, "no tensor");
    refuses(file + " is not an ONNX tensor.", X);
  }
}
