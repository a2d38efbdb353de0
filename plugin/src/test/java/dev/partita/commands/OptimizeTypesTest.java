package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole runs, repair included, over layers whose weights are not float32. What the layer reads has
 * four degrees of freedom in 32 features, so that least squares can restore nearly all of what the
 * dropped weights told.
 */
class OptimizeTypesTest {

  private static final int WIDTH = 32;
  private static final int FREE = 4;

  @TempDir private Path folder;

  private static TensorProto random(String name, ElementType format, double scale, long... dims) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] values = new float[Math.toIntExact(dims.length == 1 ? dims[0] : dims[0] * dims[1])];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return Tensors.ofNumbers(name, format, values, Scratch.onHeap(), dims);
  }

  private RegionReport run(GraphBuilder graph, Repair repair) {
    OptimizationReport report =
        Optimizer.optimize(
            graph.write(folder.resolve("in.onnx")),
            folder.resolve("out.onnx"),
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 2)
                .set(SelectionOptions.MIN_BLOCK, 2)
                .set(PlanningOptions.CALIBRATION, "random:512")
                .set(RepairOptions.REPAIR, repair)
                .set(SelectionOptions.INCLUDE, ImmutableList.of("layer"))
                .set(GateOptions.GATE, false)
                .set(OutputOptions.OVERWRITE, true)
                .set(PlanningOptions.THREADS, 2)
                .build(),
            ProgressListener.NONE);
    assertThat(report.regions()).hasSize(1);
    return report.regions().get(0);
  }

  private void repairs(GraphBuilder graph, double atMost) {
    Double cut = run(graph, Repair.NONE).relativeErrorAfterRepair();
    Double repaired = run(graph, Repair.LEAST_SQUARES).relativeErrorAfterRepair();
    assertThat(cut).isGreaterThan(0.3);
    assertThat(repaired).isLessThan(atMost);
  }

  private ModelProto written() throws IOException {
    return ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")));
  }

  @Test
  void halfPrecisionIsRepairedAndStaysHalfPrecision() throws IOException {
    repairs(
        GraphBuilder.opset(17)
            .input("x", DataType.FLOAT16, "N", FREE)
            .initializer(random("spread", ElementType.FLOAT16, 1, FREE, WIDTH))
            .initializer(random("w", ElementType.FLOAT16, 0.3, WIDTH, WIDTH))
            .initializer(random("b", ElementType.FLOAT16, 0.3, WIDTH))
            .node("before", "MatMul", "x, spread", "h")
            .node("layer", "Gemm", "h, w, b", "p")
            .node("Relu", "p", "y")
            .output("y", DataType.FLOAT16, "N", WIDTH),
        0.05);
    assertThat(written().getGraph().getInitializerList())
        .filteredOn(tensor -> tensor.getDataType() != DataType.INT64_VALUE)
        .allMatch(tensor -> tensor.getDataType() == DataType.FLOAT16_VALUE);
  }

  @Test
  void doublePrecisionIsRepaired() throws IOException {
    repairs(
        GraphBuilder.opset(17)
            .input("x", DataType.DOUBLE, "N", FREE)
            .initializer(random("spread", ElementType.DOUBLE, 1, FREE, WIDTH))
            .initializer(random("w", ElementType.DOUBLE, 0.3, WIDTH, WIDTH))
            .node("before", "MatMul", "x, spread", "h")
            .node("layer", "MatMul", "h, w", "y")
            .output("y", DataType.DOUBLE, "N", WIDTH),
        0.05);
    assertThat(written().getGraph().getInitializerList())
        .filteredOn(tensor -> tensor.getName().startsWith("w/"))
        .isNotEmpty()
        .allMatch(tensor -> tensor.getDataType() == DataType.DOUBLE_VALUE);
  }

  @Test
  void quantizedWeightsAreRepairedAndQuantizedAgain() throws IOException {
    repairs(
        GraphBuilder.opset(17)
            .input("x", "N", FREE)
            .initializer(random("spread", ElementType.FLOAT, 1, FREE, WIDTH))
            .initializer(random("q", ElementType.INT8, 40, WIDTH, WIDTH))
            .initializer(
                Tensors.ofNumbers("scale", ElementType.FLOAT, scales(), Scratch.onHeap(), WIDTH))
            .node("before", "MatMul", "x, spread", "h")
            .node("decode", "DequantizeLinear", "q, scale", "w", Attributes.integer("axis", 0))
            .node("layer", "Gemm", "h, w", "y", Attributes.integer("transB", 1))
            .output("y", "N", WIDTH),
        0.05);
    assertThat(written().getGraph().getInitializerList())
        .filteredOn(tensor -> tensor.getDataType() == DataType.INT8_VALUE)
        .hasSize(2);
  }

  private static float[] scales() {
    float[] scales = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      scales[i] = 0.005f + 0.0002f * i;
    }
    return scales;
  }

  @Test
  void productsOnOtherAxesAreRepaired() {
    repairs(
        GraphBuilder.opset(17)
            .input("x", FREE, 16)
            .initializer(random("spread", ElementType.FLOAT, 1, WIDTH, FREE))
            .initializer(random("w", ElementType.FLOAT, 0.3, WIDTH, WIDTH))
            .node("before", "MatMul", "spread, x", "h")
            .node("layer", "MatMul", "w, h", "y")
            .output("y", WIDTH, 16),
        0.05);
  }

  @Test
  void productsOfWholeNumbersKeepTheirWeightsAndAreNamed() {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .initializer(random("q", ElementType.INT8, 40, WIDTH, WIDTH))
            .initializer(random("ws", ElementType.FLOAT, 0.01, WIDTH))
            .node("DynamicQuantizeLinear", "x", "a, as, az")
            .node("layer", "MatMulInteger", "a, q, az", "i")
            .node("Cast", "i", "f", Attributes.integer("to", DataType.FLOAT_VALUE))
            .node("Mul", "as, ws", "s")
            .node("Mul", "f, s", "y")
            .output("y", "N", WIDTH);
    RegionReport region = run(graph, Repair.LEAST_SQUARES);
    assertThat(region.repair()).isEqualTo("none");
    assertThat(region.layers().get(0).form()).isEqualTo("MatMulInteger");
  }
}
