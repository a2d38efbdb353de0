package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.GraphPath;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole run, with calibration data and repair, over a region in a Loop and one before it. */
class OptimizeBodiesTest {

  @TempDir Path folder;

  /** A product, and another in the body of a Loop behind it. */
  static GraphBuilder loop() {
    GraphBuilder body = GraphBuilder.opset(17).captured("w");
    body.input("i", DataType.INT64).input("go", DataType.BOOL).input("h", "N", 32);
    body.node("Identity", "go", "goes").node("product", "MatMul", "h, w", "a");
    body.node("Tanh", "a", "next").output("goes", DataType.BOOL).output("next", "N", 32);
    return GraphBuilder.opset(17)
        .input("x", "N", 32)
        .random("v", 1, 32, 32)
        .random("w", 2, 32, 32)
        .integers("trips", 2)
        .node("first", "MatMul", "x, v", "p")
        .node("Softmax", "p", "s", Attributes.integer("axis", -1))
        .node("loop", "Loop", "trips, , s", "y", Attributes.graph("body", body.build().getGraph()))
        .output("y", "N", 32);
  }

  private Path model() {
    return loop().write(folder.resolve("loop.onnx"));
  }

  @Test
  void aLoopIsCutAnnotatedAndNamedInTheWarnings() throws IOException {
    OptimizationReport report =
        Optimizer.optimize(
            model(),
            folder.resolve("out.onnx"),
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 2)
                .set(SelectionOptions.MIN_BLOCK, 4)
                .set(PlanningOptions.CALIBRATION, "random:256")
                .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
                .set(GateOptions.GATE, false)
                .set(PlanningOptions.THREADS, 2)
                .build(),
            ProgressListener.NONE);
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(report.regions())
        .extracting(region -> region.layers().get(0).name(), region -> region.repair())
        .containsExactly(tuple("first", "least-squares"), tuple("loop/product", "none"));
    assertThat(report.warnings()).anyMatch(warning -> warning.contains("(r1)"));
    ModelProto written = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")));
    List<NodeProto> branches =
        GraphPath.all(written).stream()
            .filter(path -> !path.isMain())
            .flatMap(path -> path.in(written).getNodeList().stream())
            .filter(node -> node.getName().startsWith("loop/product/branch"))
            .toList();
    assertThat(branches).isNotEmpty();
    assertThat(branches)
        .allMatch(
            node ->
                node.getMetadataPropsList().stream()
                    .anyMatch(
                        entry ->
                            entry.getKey().equals("dev.partita.region")
                                && entry.getValue().equals("r1")));
  }

  @Test
  void inspectKnowsTheSizesOfALayerInABody() {
    assertThat(
            Inspector.inspect(
                    model(),
                    Options.builder()
                        .set(TargetOptions.ACCELERATORS, 2)
                        .set(SelectionOptions.MIN_BLOCK, 4)
                        .build())
                .layers())
        .filteredOn(layer -> layer.node().equals("loop/product"))
        .singleElement()
        .satisfies(layer -> assertThat(layer.in()).isEqualTo(32));
  }
}
