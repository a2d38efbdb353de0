package dev.partita.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import dev.partita.fixtures.Attributes;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.onnx.TensorShapeProto.Dimension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes one thing of what is kept, and sees it reported. */
class GoldenFolderTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double TOLERANCE = 1e-4;

  private static final String REPORT =
      """
      {"outcome": "optimized", "cycles": 12, "latencyMicros": 1.5, "cosine": 0.5, "empty": null,
       "warnings": ["relative_error is 0.1234 of x1."], "regions": [{"id": "r0"}, {"id": "r1"}]}
      """;

  @TempDir private Path folder;

  private static List<String> differences(String from, String to, double tolerance)
      throws IOException {
    assertThat(REPORT).contains(from);
    JsonNode changed = JSON.readTree(REPORT.replace(from, to));
    return JsonComparison.differences(JSON.readTree(REPORT), changed, tolerance);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        ": 12,;: 13,;.cycles",
        ": 12,;: 12.0,;.cycles",
        "1.5;1.5000000000000002;.latencyMicros",
        "0.5,;0.5001,;.cosine",
        "0.5,;5,;.cosine",
        "null;0;.empty",
        "optimized;unchanged;.outcome",
        "\"outcome\";\"result\";the keys",
        "\"cycles\": 12,;'';the keys",
        "r1;r2;.regions[1].id",
        ", {\"id\": \"r1\"};'';.regions",
        "0.1234;0.1236;.warnings[0]",
        "x1;x2;.warnings[0]"
      })
  void aChangedReportIsSeen(String from, String to, String place) throws IOException {
    assertThat(differences(from, to, TOLERANCE)).singleElement().asString().contains(place);
  }

  @Test
  void lastDigitsOfWhatWasMeasuredMayDiffer() throws IOException {
    assertThat(differences("0.5,", "0.50000001,", TOLERANCE)).isEmpty();
    assertThat(differences("0.5,", "0.50000001,", 0)).hasSize(1);
    assertThat(differences("0.1234", "0.1235", TOLERANCE)).isEmpty();
    assertThat(differences("0.1234", "0.1235", 0)).hasSize(1);
  }

  private static String changed(Consumer<GraphProto.Builder> change) {
    ModelProto.Builder model = model().toBuilder();
    change.accept(model.getGraphBuilder());
    return GraphText.of(model.build());
  }

  private static ModelProto model() {
    return BodyModels.loop().build();
  }

  /** The line that differs, which says that no more than the change is seen. */
  private static void seen(String line, Consumer<GraphProto.Builder> change) {
    List<String> before = GraphText.of(model()).lines().toList();
    assertThat(changed(change).lines().filter(now -> !before.contains(now)).map(String::strip))
        .containsExactly(line);
  }

  private static NodeProto.Builder inBody(GraphProto.Builder graph) {
    NodeProto.Builder loop = graph.getNodeBuilder(graph.getNodeCount() - 1);
    return loop.getAttributeBuilder(0).getGBuilder().getNodeBuilder(1);
  }

  @Test
  void aChangedGraphIsSeen() {
    seen("node \"other\" MatMul(x, v) -> p", graph -> graph.getNodeBuilder(0).setName("other"));
    seen("node \"product\" MatMul(h, v) -> a", graph -> inBody(graph).setInput(1, "v"));
    seen(
        "axis = 0",
        graph -> graph.getNodeBuilder(1).setAttribute(0, Attributes.integer("axis", 0)));
    seen(
        "metadata key = \"line\\nline\"",
        graph ->
            inBody(graph)
                .addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey("key").setValue("line\nline")));
    seen(
        "initializer v: FLOAT16[32, 32]",
        graph -> graph.getInitializerBuilder(0).setDataType(DataType.FLOAT16_VALUE));
    seen("input x: FLOAT[N, ?]", graph -> lastDimension(graph).clearDimValue());
    assertThat(changed(graph -> graph.removeNode(1))).isNotEqualTo(GraphText.of(model()));
  }

  private static Dimension.Builder lastDimension(GraphProto.Builder graph) {
    return graph
        .getInputBuilder(0)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .getDimBuilder(1);
  }

  @Test
  void aFileTooManyOrTooFewIsSeenAndAChangedLineNamed() throws IOException {
    GoldenFolder golden = new GoldenFolder(folder.resolve("case"));
    assertThat(golden.differences(ImmutableMap.of("a.txt", "1\n")))
        .containsExactly("a.txt: not kept");
    golden.write(ImmutableMap.of("a.txt", "1\n2\n", "b.json", "{}"));
    assertThat(golden.differences(ImmutableMap.of("a.txt", "1\n2\n", "b.json", "{}"))).isEmpty();
    assertThat(golden.differences(ImmutableMap.of("a.txt", "1\n3\n")))
        .containsExactly("b.json: no longer made", "a.txt line 2: \"2\" is \"3\" now");
    golden.write(ImmutableMap.of("a.txt", "3\n"));
    assertThat(GoldenFolder.children(folder.resolve("case"))).containsExactly("a.txt");
  }

  @Test
  void aCommandThatEndsWithAnotherCodeIsSeen() {
    GoldenCase golden =
        GoldenCase.of("case", where -> Files.writeString(where.resolve("in.onnx"), ""))
            .json("inspect", "inspect @in.onnx");
    assertThatThrownBy(() -> GoldenRun.of(golden, folder))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("in.onnx");
  }
}
