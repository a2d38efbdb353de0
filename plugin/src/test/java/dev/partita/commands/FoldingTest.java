package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.options.GateOptions;
import dev.partita.options.IrVersion;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.shard.ShardLayout;
import dev.partita.shard.Sharder;
import dev.partita.spi.ProgressListener;
import dev.partita.testing.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Regions in functions compute what they compute side by side, and say the same of their nodes. */
class FoldingTest {

  @TempDir private Path folder;

  private static Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 2)
        .set(SelectionOptions.MIN_BLOCK, 4)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("up*", "down*", "first", "loop*"))
        .set(RepairOptions.REPAIR, Repair.NONE)
        .set(GateOptions.GATE, false)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 2);
  }

  /** Two pairs with a Softmax between, and a last layer that stays whole. */
  private static GraphBuilder pairs() {
    GraphBuilder graph = GraphBuilder.opset(17).input("x0", "N", 32);
    for (int i = 0; i < 2; i++) {
      graph
          .random("u" + i, 10 + i, 32, 48)
          .random("d" + i, 20 + i, 48, 32)
          .node("up" + i, "MatMul", "x" + i + ", u" + i, "a" + i)
          .node("act" + i, "Relu", "a" + i, "b" + i)
          .node("down" + i, "MatMul", "b" + i + ", d" + i, "c" + i)
          .node("soft" + i, "Softmax", "c" + i, "x" + (i + 1), Attributes.integer("axis", -1));
    }
    return graph
        .random("last", 30, 32, 7)
        .node("closing", "MatMul", "x2, last", "y")
        .output("y", "N", 7);
  }

  private ModelProto optimize(Path model, Options options) throws IOException {
    Path output = folder.resolve("out.onnx");
    OptimizationReport unused = Optimizer.optimize(model, output, options, ProgressListener.NONE);
    return ModelProto.parseFrom(Files.readAllBytes(output));
  }

  private static Map<String, NodeProto> named(List<NodeProto> nodes) {
    return nodes.stream().collect(Collectors.toMap(NodeProto::getName, node -> node));
  }

  @Test
  void everyRegionIsOneNode() throws IOException {
    Path model = pairs().write(folder.resolve("pairs.onnx"));
    ModelProto plain = optimize(model, options().build());
    ModelProto folded = optimize(model, options().set(OutputOptions.FOLD, true).build());
    assertThat(folded.getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .containsExactly("r0", "Softmax", "r1", "Softmax", "MatMul");
    assertThat(folded.getGraph().getNode(0).getDocString())
        .isEqualTo("Region r0 on 2 accelerators: up0 (32 to 48), down0 (48 to 32).");
    Map<String, NodeProto> before = named(plain.getGraph().getNodeList());
    for (FunctionProto function : folded.getFunctionsList()) {
      assertThat(function.getDomain()).isEqualTo("dev.partita");
      assertThat(function.getNodeCount()).isGreaterThanOrEqualTo(7);
      function
          .getNodeList()
          .forEach(node -> assertThat(node).isEqualTo(before.get(node.getName())));
    }
    assertThat(folded.getGraph().getInitializerList())
        .isEqualTo(plain.getGraph().getInitializerList());
    Map<String, float[]> inputs = Run.inputs(plain, 5, 1);
    for (boolean optimized : new boolean[] {false, true}) {
      assertThat(Run.outputs(folded, inputs, 5, optimized).get("y"))
          .isEqualTo(Run.outputs(plain, inputs, 5, optimized).get("y"));
    }
  }

  @Test
  void whatIsFoldedIsExplainedAndNotTakenApart() throws IOException {
    Path model = pairs().write(folder.resolve("pairs.onnx"));
    ModelProto unused = optimize(model, options().set(OutputOptions.FOLD, true).build());
    Path output = folder.resolve("out.onnx");
    InspectReport inspected = Inspector.inspect(output, options().build());
    assertThat(inspected.layers()).filteredOn(layer -> layer.reason() != null).hasSize(9);
    assertThatThrownBy(
            () -> Sharder.shard(output, folder.resolve("shards"), ShardLayout.FOLDER, false))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("folded into functions");
    assertThat(folder.resolve("shards")).doesNotExist();
  }

  @Test
  void aRegionInABodyStaysAndIsNamed() throws IOException {
    Path model = OptimizeBodiesTest.loop().write(folder.resolve("loop.onnx"));
    OptimizationReport report =
        Optimizer.optimize(
            model,
            folder.resolve("out.onnx"),
            options().set(OutputOptions.FOLD, true).build(),
            ProgressListener.NONE);
    assertThat(report.warnings()).anyMatch(w -> w.contains("(r1) are not folded"));
    ModelProto written = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")));
    assertThat(written.getFunctionsList()).extracting(FunctionProto::getName).containsExactly("r0");
  }

  @Test
  void anOldModelThatIsToStaySoIsRefused() {
    Path model = pairs().irVersion(7).write(folder.resolve("old.onnx"));
    assertThatThrownBy(
            () ->
                optimize(
                    model,
                    options()
                        .set(OutputOptions.FOLD, true)
                        .set(OutputOptions.IR_VERSION, IrVersion.KEEP)
                        .build()))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining(
            "old.onnx: IR 7 does not support functions, so regions cannot be folded");
    assertThat(folder.resolve("out.onnx")).doesNotExist();
  }
}
