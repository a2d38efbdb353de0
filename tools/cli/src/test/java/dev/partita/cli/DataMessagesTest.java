package dev.partita.cli;

import com.google.protobuf.ByteString;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is said of data that does not fit a model, and of models that do not fit each other. */
class DataMessagesTest extends MessagesTest {

  private void assertSaysOf(NpzFile data, String sentence) {
    data.write(file("data.npz"));
    assertSays(
        "optimize MODEL -o FOLDER/o --no-gate --calibration FOLDER/data.npz",
        ExitCode.UNSUPPORTED_INPUT,
        sentence);
  }

  @Test
  void ofArchives() {
    assertSaysOf(
        new NpzFile().zeros("z", "<f4", 8, 96), "array \"z\" is not an input of the model.");
    assertSaysOf(
        new NpzFile().zeros("x", "<f4", 8, 95),
        "array \"x\" has shape [8, 95], the input has [N, 96] (the first axis counts the samples).");
    assertSaysOf(
        new NpzFile().zeros("x", "<i8", 8, 96), "array \"x\" is int64, the input is float32.");
    assertSaysOf(new NpzFile().zeros("x", "<f4", 0, 96), "array \"x\" has no samples.");
    assertSaysOf(new NpzFile(), "has no array for the input \"x\".");
    assertSaysOf(
        new NpzFile().zeros("x", "<f4", 8, 96).zeros("labels", "<i8", 9),
        "array \"labels\" has shape [9]; its first axis has to count the samples, 8.");
    assertSaysOf(
        new NpzFile().zeros("x", "<f4", 8, 96).zeros("labels", "<c8", 8),
        "array \"labels\" is of type 'c8', expected numbers.");
  }

  private void assertSaysOfFolder(byte[] tensor, String sentence) throws IOException {
    Path set = Files.createDirectories(file("sets/test_data_set_0"));
    Files.write(set.resolve("input_0.pb"), tensor);
    assertSays(
        "optimize MODEL -o FOLDER/o --no-gate --calibration FOLDER/sets",
        ExitCode.UNSUPPORTED_INPUT,
        sentence);
  }

  @Test
  void ofTestData() throws IOException {
    Files.createDirectories(file("sets"));
    assertSays(
        "optimize MODEL -o FOLDER/o --no-gate --calibration FOLDER/sets",
        ExitCode.UNSUPPORTED_INPUT,
        "contains no ONNX test data.");
    TensorProto floats =
        TensorProto.newBuilder()
            .setDataType(DataType.FLOAT.getNumber())
            .addDims(1)
            .addDims(95)
            .setRawData(ByteString.copyFrom(new byte[4 * 95]))
            .build();
    assertSaysOfFolder(new byte[] {9, 9, 9}, "is not an ONNX tensor.");
    assertSaysOfFolder(
        floats.toByteArray(), "input_0.pb has shape [1, 95], the input \"x\" has [N, 96].");
    assertSaysOfFolder(
        floats.toBuilder().setDims(1, 96).build().toByteArray(),
        "input_0.pb contains 380 bytes, but its");
    assertSaysOfFolder(
        floats.toBuilder().setDims(1, -1).build().toByteArray(), "has the impossible shape");
    assertSaysOfFolder(
        floats.toBuilder().setDataLocation(TensorProto.DataLocation.EXTERNAL).build().toByteArray(),
        "stores its values in another file, which is not allowed in test data.");
    Files.write(file("sets/test_data_set_0/input_1.pb"), floats.toByteArray());
    TensorProto fitting =
        floats.toBuilder().setDims(1, 96).setRawData(ByteString.copyFrom(new byte[4 * 96])).build();
    assertSaysOfFolder(fitting.toByteArray(), "has input_1.pb, but the model has only 1 inputs.");
  }

  @Test
  void ofTwoModels() {
    Path other =
        GraphBuilder.opset(17)
            .input("v", "N", 64)
            .node("only", "Relu", "v", "y")
            .output("y", "N", 64)
            .write(file("other.onnx"));
    assertSays(
        "verify MODEL " + other,
        ExitCode.UNSUPPORTED_INPUT,
        "have different inputs: \"x\" only in the first, \"v\" only in the second.");
    assertSays(
        "bench MODEL " + other,
        ExitCode.UNSUPPORTED_INPUT,
        "they cannot be measured on the same data.");
  }

  @Test
  void ofModelsWithoutSamples() {
    Path none =
        GraphBuilder.opset(17)
            .input("x", 0, 96)
            .node("only", "Relu", "x", "y")
            .output("y", 0, 96)
            .write(file("none.onnx"));
    assertSays(
        "verify " + none + " " + none,
        ExitCode.UNSUPPORTED_INPUT,
        "the input \"x\" has no axis for samples: its shape is [0, 96].");
  }
}
