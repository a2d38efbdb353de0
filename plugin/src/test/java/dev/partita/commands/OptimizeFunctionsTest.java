package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.FunctionProducts;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.spi.ProgressListener;
import dev.partita.testing.RewriteTester;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs over a model whose layers stand in functions. */
class OptimizeFunctionsTest {

  private static final int OPSET = 18;

  @TempDir Path folder;

  private static FunctionProto function(String name, int opset) {
    return FunctionProto.newBuilder()
        .setDomain("own")
        .setName(name)
        .addAllInput(List.of("x", "weight", "bias"))
        .addOutput("y")
        .addAllNode(
            GraphBuilder.opset(OPSET)
                .captured("x", "weight", "bias")
                .node("product", "MatMul", "x, weight", "h")
                .node("sum", "Add", "h, bias", "a")
                .node("act", "Relu", "a", "y")
                .output("y")
                .build()
                .getGraph()
                .getNodeList())
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
        .build();
  }

  private Path model() throws IOException {
    ModelProto model =
        GraphBuilder.opset(OPSET)
            .domain("own", 1)
            .input("x", "N", 32)
            .random("w", 1, 32, 32)
            .random("v", 2, 32, 32)
            .random("u", 3, 32, 32)
            .random("b", 4, 32)
            .node("first", "own::Layer", "x, w, b", "h")
            .node("second", "own::Layer", "h, v, b", "i")
            .node("third", "own::Older", "i, u, b", "y")
            .output("y", "N", 32)
            .build()
            .toBuilder()
            .addFunctions(function("Layer", OPSET))
            .addFunctions(function("Older", OPSET - 1))
            .build();
    return Files.write(folder.resolve("in.onnx"), model.toByteArray());
  }

  private static Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 2)
        .set(SelectionOptions.MIN_BLOCK, 4)
        .set(PlanningOptions.THREADS, 2);
  }

  private OptimizationReport optimize(Options.Builder options) throws IOException {
    return Optimizer.optimize(
        model(), folder.resolve("out.onnx"), options.build(), ProgressListener.NONE);
  }

  private ModelProto written() throws IOException {
    return ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")));
  }

  @Test
  void unlessAskedForFunctionsStayAndTheReasonNamesTheOption() throws IOException {
    OptimizationReport report = optimize(options().set(GateOptions.GATE, false));
    assertThat(report.outcome()).isEqualTo(Outcome.UNCHANGED);
    assertThat(folder.resolve("out.onnx")).hasSameBinaryContentAs(folder.resolve("in.onnx"));
    assertThat(report.warnings()).isEmpty();
    assertThat(report.skipped())
        .extracting(skipped -> skipped.node() + " " + skipped.reason())
        .containsExactly("Layer/product IN_FUNCTION", "Older/product IN_FUNCTION");
    assertThat(report.skipped().get(0).detail()).contains("--inline-functions");
    assertThat(report.skipped().get(1).detail())
        .contains("cannot be inlined: it uses version 17")
        .doesNotContain("--inline-functions");
  }

  @Test
  void inlinedLayersAreCutAndHeldAgainstTheOriginal() throws IOException {
    OptimizationReport report =
        optimize(
            options()
                .set(SelectionOptions.INLINE_FUNCTIONS, true)
                .set(PlanningOptions.CALIBRATION, "random:512")
                .set(GateOptions.MIN_AGREEMENT, 0.1));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    // Measured against the model as it was given, functions and all.
    assertThat(report.accuracy()).isNotNull();
    assertThat(report.warnings())
        .contains("Functions inlined: 'Layer' (2 calls).")
        .anyMatch(warning -> warning.startsWith("The function 'Older' is not inlined: it uses"));
    assertThat(report.regions().get(0).layers())
        .extracting(layer -> layer.name())
        .containsExactly("first/product", "second/product");
    assertThat(report.regions().get(0).repair()).isEqualTo("least-squares");
    assertThat(report.input().operators()).containsEntry("Layer", 2).doesNotContainKey("MatMul");
    ModelProto written = written();
    assertThat(written.getFunctionsList()).containsExactly(function("Older", OPSET - 1));
    assertThat(written.getGraph().getNodeList().stream().map(NodeProto::getOpType))
        .contains("Older", "Concat")
        .doesNotContain("Layer");
    assertThat(written.getMetadataPropsList())
        .anyMatch(
            entry ->
                entry.getKey().equals("dev.partita.options")
                    && entry.getValue().contains("--inline-functions"));
  }

  @Test
  void whereNothingIsCutNothingIsInlinedEither() throws IOException {
    OptimizationReport report =
        optimize(
            options()
                .set(SelectionOptions.INLINE_FUNCTIONS, true)
                .set(SelectionOptions.MIN_BLOCK, 1_000)
                .set(GateOptions.GATE, false));
    assertThat(report.outcome()).isEqualTo(Outcome.UNCHANGED);
    assertThat(folder.resolve("out.onnx")).hasSameBinaryContentAs(folder.resolve("in.onnx"));
  }

  @Test
  void inspectAndEstimateSeeWhatOptimizeWouldSee() throws IOException {
    InspectReport report =
        Inspector.inspect(
            model(),
            options()
                .set(SelectionOptions.INLINE_FUNCTIONS, true)
                .set(GateOptions.GATE, false)
                .build());
    assertThat(report.warnings()).contains("Functions inlined: 'Layer' (2 calls).");
    assertThat(report.layers())
        .extracting(InspectReport.Layer::node)
        .containsExactly("first/product", "second/product", "Older/product");
    assertThat(Inspector.inspect(model(), options().build()).warnings()).isEmpty();
    EstimateReport estimate =
        Estimator.model(model(), options().set(SelectionOptions.INLINE_FUNCTIONS, true).build());
    assertThat(estimate.layers()).hasSize(2);
    assertThat(estimate.warnings()).contains("Functions inlined: 'Layer' (2 calls).");
  }

  @Test
  void aCutOfInlinedLayersEqualsTheMaskedOriginal() throws IOException {
    OnnxModel inlined = FunctionProducts.inlined(ModelFile.read(model())).model();
    RewriteTester.check(
        inlined, new FinderOptions(2, 4, ImmutableList.of("*"), ImmutableList.of()));
  }
}
