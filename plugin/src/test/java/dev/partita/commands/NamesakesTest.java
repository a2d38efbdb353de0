package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.LayerReport;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.report.schema.SearchReport;
import dev.partita.spi.ProgressListener;
import dev.partita.testing.NpzContents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What nodes are called changes nothing but what they are called: figures, plans, masks, metadata
 * and the reasons of layers that are left alone are those of the same model with a name of its own
 * for each node.
 */
class NamesakesTest {

  /** Names that ONNX Runtime runs a model with: none, and what a pattern would be. */
  private static final ImmutableList<ImmutableList<String>> RUNNABLE =
      ImmutableList.of(
          ImmutableList.of(""),
          ImmutableList.of(
              "[a]", "?", "*", "**", "?*", "own", "[!x]", "o*", "{a,b}", "", "a", "??", "*a*",
              "b"));

  /** The same and what ONNX allows beside: nodes that share a name. */
  @SuppressWarnings("UnusedVariable") // Read by the parameterized tests.
  private static final ImmutableList<ImmutableList<String>> LEGAL =
      ImmutableList.<ImmutableList<String>>builder()
          .addAll(RUNNABLE)
          .add(ImmutableList.of("mm"))
          .add(ImmutableList.of("*"))
          // One that has no name would be told by what another is called.
          .add(ImmutableList.of("", "mm", "MatMul#10", "mm"))
          .build();

  private static final String TOLD_APART = "node-%02d";

  @TempDir private Path folder;

  /** Of groups of 16 inputs each makes a group of outputs of its own. */
  private static float[] grouped(int in, int out) {
    float[] weights = new float[in * out];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i / out / (in / 4) == i % out / (out / 4) ? 1 + i % 7 : 0;
    }
    return weights;
  }

  /** Two pairs, one too small to gain anything, and a layer with a classifier behind it. */
  private static GraphBuilder graph() {
    return GraphBuilder.opset(17)
        .input("x", 8, 64)
        .initializer("w0", grouped(64, 128), 64, 128)
        .random("b0", 2, 128)
        .initializer("w2", grouped(128, 64), 128, 64)
        .random("w4", 4, 64, 16)
        .random("w6", 5, 16, 64)
        .random("w8", 6, 64, 96)
        .random("w10", 7, 96, 32)
        .random("w12", 8, 32, 10)
        .random("b12", 9, 10)
        .node("Gemm", "x, w0, b0", "v0")
        .node("Relu", "v0", "v1")
        .node("MatMul", "v1, w2", "v2")
        .node("LpNormalization", "v2", "v3")
        .node("MatMul", "v3, w4", "v4")
        .node("Relu", "v4", "v5")
        .node("MatMul", "v5, w6", "v6")
        .node("LpNormalization", "v6", "v7")
        .node("MatMul", "v7, w8", "v8")
        .node("Relu", "v8", "v9")
        .node("MatMul", "v9, w10", "v10")
        .node("Relu", "v10", "v11")
        .node("Gemm", "v11, w12, b12", "y")
        .output("y", 8, 10);
  }

  private static ModelProto called(ModelProto model, List<String> names) {
    ModelProto.Builder renamed = model.toBuilder();
    for (int i = 0; i < model.getGraph().getNodeCount(); i++) {
      renamed.getGraphBuilder().getNodeBuilder(i).setName(names.get(i % names.size()));
    }
    return renamed.build();
  }

  private Path file(String name, ModelProto model) throws IOException {
    return Files.write(folder.resolve(name + ".onnx"), model.toByteArray());
  }

  /** The model with a name for each node, and how each is called in the other one. */
  private record Pair(Path original, Path other, ImmutableMap<String, String> names) {

    /** A report of the original with the other's names in the place of its own. */
    String renamed(String report) {
      String text = report;
      for (Map.Entry<String, String> name : names.entrySet()) {
        text = text.replace(name.getKey(), name.getValue().replace("\\", "\\\\"));
      }
      return text;
    }
  }

  private Pair pair(List<String> names) throws IOException {
    return pair(graph(), names);
  }

  private Pair pair(GraphBuilder graph, List<String> names) throws IOException {
    ModelProto model = graph.build();
    List<String> own = new ArrayList<>();
    ImmutableMap.Builder<String, String> shown = ImmutableMap.builder();
    for (int i = 0; i < model.getGraph().getNodeCount(); i++) {
      String name = names.get(i % names.size());
      own.add(TOLD_APART.formatted(i));
      shown.put(
          own.get(i), name.isEmpty() ? model.getGraph().getNode(i).getOpType() + "#" + i : name);
    }
    return new Pair(
        file("original", called(model, own)),
        file("other", called(model, names)),
        shown.buildOrThrow());
  }

  private static Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 4)
        .set(SelectionOptions.MIN_BLOCK, 4)
        .set(TargetOptions.SET, ImmutableMap.of("link.latency_cycles", "100"))
        .set(GateOptions.GATE, false)
        .set(PlanningOptions.THREADS, 1);
  }

  /** What does not depend on the file's name or the time. */
  private static List<String> comparable(String report) {
    return report
        .replaceAll("(?m)^ *\"(path|subject|sha256|bytes|millis|peakHeapBytes)\".*\n", "")
        .lines()
        .toList();
  }

  private Path output(Path input) {
    return folder.resolve("optimized-" + input.getFileName());
  }

  private OptimizationReport optimize(Path input, Options.Builder options) {
    return Optimizer.optimize(
        input,
        output(input),
        options.set(OutputOptions.OVERWRITE, true).build(),
        ProgressListener.NONE);
  }

  /** Nodes without what they are called: operator, and metadata but for the origin's name. */
  private static List<String> figures(Path model) {
    List<String> figures = new ArrayList<>();
    for (NodeProto node : ModelFile.read(model).proto().getGraph().getNodeList()) {
      Map<String, String> entries = new TreeMap<>();
      node.getMetadataPropsList().forEach(e -> entries.put(e.getKey(), e.getValue()));
      entries.remove("dev.partita.origin");
      figures.add(node.getOpType() + " " + node.getInputCount() + " " + entries);
    }
    return figures;
  }

  private static List<String> annotated(Path model) {
    return ModelFile.read(model).proto().getGraph().getNodeList().stream()
        .filter(node -> node.getMetadataPropsCount() > 0)
        .map(NodeProto::getName)
        .toList();
  }

  private static void assertSame(Pair pair, String original, String other) {
    assertThat(comparable(other)).isEqualTo(comparable(pair.renamed(original)));
  }

  private void assertSameFigures(Pair pair) {
    assertThat(figures(output(pair.other())))
        .isEqualTo(figures(output(pair.original())))
        .anyMatch(node -> node.contains("dev.partita.macs"));
    assertThat(annotated(output(pair.other()))).doesNotHaveDuplicates().doesNotContain("");
  }

  private OptimizationReport assertSameRun(Pair pair, Options.Builder options) {
    OptimizationReport expected = optimize(pair.original(), options);
    OptimizationReport report = optimize(pair.other(), options);
    assertSame(pair, JsonReport.of(expected), JsonReport.of(report));
    assertSameFigures(pair);
    return report;
  }

  @ParameterizedTest
  @FieldSource("LEGAL")
  void everyRegionHasItsOwnFigures(List<String> names) throws IOException {
    OptimizationReport report = assertSameRun(pair(names), options());
    assertThat(report.regions())
        .extracting(region -> region.layers().stream().map(LayerReport::in).toList())
        .containsExactly(List.of(64L, 128L), List.of(64L, 96L, 32L));
    assertThat(report.regions()).allMatch(region -> region.status() == Status.REWRITTEN);
    assertThat(report.skipped())
        .extracting(SkippedNode::reason)
        .containsExactly("NO_GAIN", "NO_GAIN");
  }

  @ParameterizedTest
  @FieldSource("RUNNABLE")
  void everyRegionIsRepairedByItself(List<String> names) throws IOException {
    Pair pair = pair(names);
    assertSameRun(
        pair,
        options().set(PlanningOptions.CALIBRATION, "random:64").set(RepairOptions.BRIDGE_RANK, 4));
    assertSameRun(
        pair,
        options()
            .set(PlanningOptions.CALIBRATION, "random:64")
            .set(GateOptions.GATE, true)
            .set(GateOptions.MAX_RELATIVE_ERROR, 0.5));
  }

  @ParameterizedTest
  @FieldSource("LEGAL")
  void onlyWhatStandsInTheWayOfALosslessCutIsLeftAlone(List<String> names) throws IOException {
    OptimizationReport report =
        assertSameRun(
            pair(names),
            options()
                .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS)
                .set(SelectionOptions.INCLUDE, ImmutableList.of("*")));
    assertThat(report.regions()).singleElement().satisfies(r -> assertThat(r.layers()).hasSize(2));
    assertThat(report.skipped())
        .extracting(SkippedNode::reason)
        .containsExactly(
            "NOT_SEPARABLE", "NOT_SEPARABLE", "NOT_SEPARABLE", "NOT_SEPARABLE", "TOO_SMALL");
  }

  @ParameterizedTest
  @FieldSource("LEGAL")
  void onlyALayerWithoutAMaskIsLeftAlone(List<String> names) throws IOException {
    Pair pair = pair(graph().node("MatMul", "v7, w8", "z").output("z", 8, 96), names);
    MasksReport expected = masks(pair.original());
    ImmutableMap<String, NpzContents.Array> arrays = arrays();
    MasksReport report = masks(pair.other());
    assertSame(pair, JsonReport.of(expected), JsonReport.of(report));
    assertThat(report.skipped()).extracting(SkippedNode::reason).contains("TIED_WEIGHT");
    ImmutableMap<String, NpzContents.Array> others = arrays();
    assertThat(others.keySet()).isEqualTo(arrays.keySet());
    assertThat(others).containsKeys("w0", "w2", "w10");
    arrays.forEach(
        (key, array) -> {
          if (!key.equals(MasksReport.DESCRIPTION)) {
            assertThat(Objects.requireNonNull(others.get(key)).bytes())
                .as(key)
                .isEqualTo(array.bytes());
          }
        });
  }

  private MasksReport masks(Path model) {
    return Masks.write(
        model,
        folder.resolve("masks.npz"),
        options().set(OutputOptions.OVERWRITE, true).build(),
        JsonReport::description,
        ProgressListener.NONE);
  }

  private ImmutableMap<String, NpzContents.Array> arrays() throws IOException {
    return NpzContents.read(folder.resolve("masks.npz"));
  }

  @ParameterizedTest
  @FieldSource("LEGAL")
  void everyLayerIsToldOf(List<String> names) throws IOException {
    Pair pair = pair(names);
    Options options = options().build();
    assertSame(
        pair,
        JsonReport.of(Inspector.inspect(pair.original(), options)),
        JsonReport.of(Inspector.inspect(pair.other(), options)));
    assertSame(
        pair,
        JsonReport.of(Estimator.model(pair.original(), options)),
        JsonReport.of(Estimator.model(pair.other(), options)));
    assertThat(Inspector.inspect(pair.other(), options).layers())
        .extracting(InspectReport.Layer::in)
        .containsExactly(64L, 128L, 64L, 16L, 64L, 96L, 32L);
  }

  @ParameterizedTest
  @FieldSource("LEGAL")
  void figuresThatAToolHasTakenAwayAreThoseOfTheNode(List<String> names) throws IOException {
    Pair pair = pair(names);
    for (Path input : List.of(pair.original(), pair.other())) {
      OptimizationReport report = optimize(input, options());
      Path output = output(input);
      List<String> figures = figures(output);
      Path stripped = file("stripped", stripped(ModelFile.read(output).proto()));
      Path restored = folder.resolve("restored.onnx");
      Annotations.restore(stripped, restored, report.annotations(), true);
      assertThat(figures(restored)).isEqualTo(figures);
      Annotations.estimate(stripped, output, options().set(OutputOptions.OVERWRITE, true).build());
    }
    assertSameFigures(pair);
  }

  private static ModelProto stripped(ModelProto model) {
    ModelProto.Builder stripped = model.toBuilder().clearMetadataProps();
    stripped
        .getGraphBuilder()
        .getNodeBuilderList()
        .forEach(node -> node.clearMetadataProps().clearDocString());
    return stripped.build();
  }

  @Test
  void aPatternIsForAllThatShareAName() throws IOException {
    Path model = file("model", called(graph().build(), List.of("mm", "", "mm", "*")));
    OptimizationReport report =
        optimize(model, options().set(SelectionOptions.EXCLUDE, ImmutableList.of("mm")));
    assertThat(report.skipped())
        .extracting(SkippedNode::node, SkippedNode::reason)
        .contains(tuple("mm", "EXCLUDED"));
    // The pattern of one character, and no longer name.
    report = optimize(model, options().set(SelectionOptions.EXCLUDE, ImmutableList.of("?")));
    assertThat(report.skipped()).extracting(SkippedNode::reason).doesNotContain("EXCLUDED");
  }

  @ParameterizedTest
  @FieldSource("RUNNABLE")
  void aSearchLeavesOutNoOtherRegions(List<String> names) throws IOException {
    Pair pair = pair(names);
    SearchReport expected = search(pair.original());
    SearchReport report = search(pair.other());
    assertSame(pair, JsonReport.of(expected), JsonReport.of(report));
    SearchReport.Point without =
        report.points().stream().filter(p -> !p.leftAlone().isEmpty()).findFirst().orElseThrow();
    OptimizationReport again =
        optimize(
            pair.other(),
            without
                .options(options().set(PlanningOptions.CALIBRATION, "random:64").build())
                .toBuilder());
    assertThat(again.regions()).hasSize(1);
    assertThat(again.skipped()).extracting(SkippedNode::reason).contains("EXCLUDED");
  }

  private static SearchReport search(Path model) {
    return Search.search(
        model,
        options()
            .set(PlanningOptions.CALIBRATION, "random:64")
            .set(GateOptions.GATE, true)
            .set(GateOptions.MAX_RELATIVE_ERROR, 1e-4)
            .build(),
        Duration.ofHours(1),
        ProgressListener.NONE);
  }
}
