package dev.partita.cli;

import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataLocation;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of models that are damaged, contradict themselves or cannot be read. */
class ModelMessagesTest extends MessagesTest {

  private void assertSaysOf(ModelProto broken, String sentence) throws IOException {
    Files.write(file("broken.onnx"), broken.toByteArray());
    assertSays("inspect FOLDER/broken.onnx", ExitCode.UNSUPPORTED_INPUT, sentence);
  }

  private void assertSaysOfChanged(Consumer<ModelProto.Builder> change, String sentence)
      throws IOException {
    ModelProto.Builder changed = model().build().toBuilder();
    change.accept(changed);
    assertSaysOf(changed.build(), sentence);
  }

  @Test
  void ofTheWhole() throws IOException {
    assertSaysOfChanged(
        ModelProto.Builder::clearGraph, ": contains no ONNX graph (no graph or no IR version)");
    assertSaysOfChanged(ModelProto.Builder::clearOpsetImport, ": names no operator set");
    assertSaysOfChanged(
        changed -> changed.getOpsetImportBuilder(0).setVersion(1L << 40),
        ": has an impossible IR or operator set version");
    assertSaysOfChanged(
        changed -> changed.getOpsetImportBuilder(0).setVersion(-1),
        ": it requires version -1 of the operator set");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().clearNode(),
        ": the graph has no nodes, so there is nothing to optimize");
    Files.writeString(file("broken.onnx"), "no model at all");
    assertSays(
        "inspect FOLDER/broken.onnx",
        ExitCode.UNSUPPORTED_INPUT,
        ": is not an ONNX model, or is damaged (");
  }

  @Test
  void ofAFileThatIsTooLarge() throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file("large.onnx").toFile(), "rw")) {
      sparse.setLength(1L << 31);
    }
    assertSays(
        "inspect FOLDER/large.onnx",
        ExitCode.UNSUPPORTED_INPUT,
        ": is 2147483648 bytes long, but a protobuf message is limited to 2 GiB");
  }

  @Test
  void ofTheGraph() throws IOException {
    assertSaysOfChanged(
        changed ->
            changed.getGraphBuilder().addOutput(ValueInfoProto.newBuilder().setName("nobody")),
        ": no node produces the graph output 'nobody'");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().getNodeBuilder(1).setInput(0, "nobody"),
        "node 'act': it reads 'nobody', which no node produces");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().getNodeBuilder(0).setInput(0, "t"),
        "which depends on it: the nodes form a cycle");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().getNodeBuilder(1).setOutput(0, "h"),
        "it produces 'h', a name that is already in use");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().getNodeBuilder(0).addOutput("more"),
        "node 'first': MatMul has more than one output");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().getNodeBuilder(0).clearInput().addInput("x"),
        "node 'first': MatMul needs 2 inputs and an output, but some are missing");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().addInitializer(changed.getGraph().getInitializer(0)),
        "two initializers have the name 'w1'");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().addInput(changed.getGraph().getInput(0)),
        "two graph inputs have the name 'x'");
    assertSaysOfChanged(
        changed -> {
          NodeProto.Builder node = changed.getGraphBuilder().getNodeBuilder(1);
          node.addAttributeBuilder().setName("twice");
          node.addAttributeBuilder().setName("twice");
        },
        "it has two attributes 'twice'");
  }

  @Test
  void ofATensor() throws IOException {
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().getInitializerBuilder(0).setDims(0, 97),
        "tensor 'w1' of type FLOAT and shape [97, 128] needs");
    assertSaysOfChanged(
        changed -> changed.getGraphBuilder().getInitializerBuilder(0).setDims(0, -1),
        "tensor 'w1': impossible shape [-1, 128]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          /weights.bin   | 0    | 64   | external tensor 'w': its data path is absolute: /weights.bin
          ../weights.bin | 0    | 64   | its data path leaves the folder: ../weights.bin
          we\0ights.bin  | 0    | 64   | its data path cannot be used:
          absent.bin     | 0    | 64   | its data file is missing:
          weights.bin    | -1   | 64   | its offset is negative: -1
          weights.bin    | one  | 64   | its offset is not a number: one
          weights.bin    | 0    | 60   | gives a length of 60 bytes, but its shape and type need 64
          weights.bin    | 4096 | 64   | exceeds the end of
          """)
  void ofExternalData(String location, String offset, String length, String sentence)
      throws IOException {
    Files.write(file("weights.bin"), new byte[64]);
    TensorProto.Builder weight =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(DataType.FLOAT.getNumber())
            .addDims(4)
            .addDims(4)
            .setDataLocation(DataLocation.EXTERNAL);
    Map.of("location", location, "offset", offset, "length", length)
        .forEach(
            (key, value) ->
                weight.addExternalData(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    Path broken =
        GraphBuilder.opset(17)
            .input("x", "N", 4)
            .initializer(weight.build())
            .node("layer", "MatMul", "x, w", "y")
            .output("y", "N", 4)
            .write(file("external.onnx"));
    assertSays("inspect " + broken, ExitCode.UNSUPPORTED_INPUT, sentence.strip());
  }
}
