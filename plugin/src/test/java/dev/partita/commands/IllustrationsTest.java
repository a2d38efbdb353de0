package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.options.GateOptions;
import dev.partita.options.IrVersion;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.Illustrations;
import dev.partita.report.schema.Illustrations.CutPicture;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page and a viewer are given of a run. */
class IllustrationsTest {

  private static final int WIDTH = 64;
  private static final int ACCELERATORS = 2;

  @TempDir private Path folder;

  private Path model(String docOfFirst) throws IOException {
    ModelProto.Builder model =
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .random("w1", 1, WIDTH, WIDTH)
            .node("first", "MatMul", "x, w1", "a")
            .node("Relu", "a", "b")
            .random("w2", 2, WIDTH, WIDTH)
            .node("second", "MatMul", "b, w2", "c")
            .node("Tanh", "c", "y")
            .output("y", "N", WIDTH)
            .build()
            .toBuilder();
    model.getGraphBuilder().getNodeBuilder(0).setDocString(docOfFirst);
    return Files.write(folder.resolve("in.onnx"), model.build().toByteArray());
  }

  private OptimizationReport run(Path model, Options.Builder options) {
    return Optimizer.optimize(
        model,
        folder.resolve("out.onnx"),
        options
            .set(TargetOptions.ACCELERATORS, ACCELERATORS)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .set(GateOptions.GATE, false)
            .set(OutputOptions.OVERWRITE, true)
            .set(PlanningOptions.THREADS, 2)
            .build(),
        ProgressListener.NONE);
  }

  @Test
  void aPictureHasWeightsInItsBlocksAndNoneBeside() throws IOException {
    OptimizationReport report =
        run(model(""), Options.builder().set(OutputOptions.ILLUSTRATIONS, true));
    Illustrations illustrations = report.illustrations();
    assertThat(illustrations).isNotNull();
    assertThat(illustrations.cuts())
        .extracting(CutPicture::layer)
        .containsExactly("first", "second");
    for (CutPicture cut : illustrations.cuts()) {
      assertThat(cut.height()).isEqualTo(WIDTH);
      assertThat(cut.before().asList()).as("no weight is 0").doesNotContain(0);
      for (int y = 0; y < WIDTH; y++) {
        for (int x = 0; x < WIDTH; x++) {
          boolean kept = branch(cut.inEnds().asList(), y) == branch(cut.outEnds().asList(), x);
          assertThat(cut.after().get(y * WIDTH + x) > 0).as("%d, %d", y, x).isEqualTo(kept);
        }
      }
    }
    assertThat(illustrations.privateDram()).isNotNull();
    assertThat(report.total()).isNotNull();
    assertThat(illustrations.privateDram().cycles())
        .isEqualTo(report.total().privateDram().pruned().cycles());
    assertThat(illustrations.layers()).hasSize(2);
  }

  private static int branch(List<Integer> ends, int feature) {
    int branch = 0;
    while (feature >= ends.get(branch)) {
      branch++;
    }
    return branch;
  }

  @Test
  void nothingIsDrawnUnlessAskedFor() throws IOException {
    assertThat(run(model(""), Options.builder()).illustrations()).isNull();
  }

  @Test
  void everyNodeThatWasWrittenSaysWhatItIsBehindWhatItsOriginSaid() throws IOException {
    OptimizationReport report = run(model("Projects."), Options.builder());
    List<NodeProto> nodes =
        ModelFile.read(folder.resolve("out.onnx")).proto().getGraph().getNodeList();
    assertThat(nodes)
        .filteredOn(node -> report.annotations().containsKey(node.getName()))
        .hasSizeGreaterThan(4)
        .allSatisfy(node -> assertThat(node.getDocString()).endsWith("."));
    assertThat(nodes)
        .filteredOn(node -> node.getName().equals("first/branch1"))
        .singleElement()
        .satisfies(
            node ->
                assertThat(node.getDocString())
                    .isEqualTo(
                        "Projects.\n\nBlock of layer 'first', 32 inputs by 32 outputs (region r0,"
                            + " accelerator 1)."));
  }

  @Test
  void figuresAreGivenEvenWhereTheModelCannotCarryThem() {
    Path old =
        GraphBuilder.opset(13)
            .input("x", "N", WIDTH)
            .random("w1", 1, WIDTH, WIDTH)
            .node("only", "MatMul", "x, w1", "a")
            .node("Tanh", "a", "y")
            .output("y", "N", WIDTH)
            .write(folder.resolve("old.onnx"));
    OptimizationReport report =
        run(
            old,
            Options.builder()
                .set(OutputOptions.IR_VERSION, IrVersion.KEEP)
                .set(SelectionOptions.INCLUDE, ImmutableList.of("*")));
    assertThat(report.annotations().get("only/branch1"))
        .containsEntry("dev.partita.accelerator", "1")
        .containsKey("dev.partita.cycles");
    assertThat(report.annotations().get("")).containsKey("dev.partita.speedup");
  }

  @Test
  void aPatternThatMatchesNothingIsNamedWithWhatIsNear() throws IOException {
    OptimizationReport report =
        Optimizer.optimize(
            model(""),
            null,
            Options.builder()
                .set(SelectionOptions.EXCLUDE, ImmutableList.of("*secnod*", "fir*", "st*"))
                .set(GateOptions.GATE, false)
                .set(OutputOptions.DRY_RUN, true)
                .build(),
            ProgressListener.NONE);
    assertThat(report.warnings())
        .contains(
            "--exclude '*secnod*' matches no dense layer (did you mean \"second\"?).",
            "--exclude 'st*' matches no dense layer (near: first).")
        .noneMatch(warning -> warning.contains("fir*"));
  }
}
