package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import dev.partita.UsageException;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
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
import dev.partita.verify.Accuracy.OutputAccuracy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole runs that go on from least squares by gradient steps. */
class OptimizeDistillTest {

  private static final int WIDTH = 32;
  private static final int HIDDEN = 64;

  /**
   * What the first layer reads has fewer degrees of freedom than features, as in trained models.
   */
  private static final int FREE = 10;

  @TempDir private Path folder;

  private static Options.Builder options(Repair repair) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 4)
        .set(SelectionOptions.MIN_BLOCK, 2)
        .set(PlanningOptions.CALIBRATION, "random:1024")
        .set(RepairOptions.REPAIR, repair)
        .set(RepairOptions.DISTILL_STEPS, 200)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("first", "second"))
        .set(GateOptions.GATE, false)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 2);
  }

  private static TensorProto random(String name, ElementType format, long... dims) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] values = new float[Math.toIntExact(dims.length == 1 ? dims[0] : dims[0] * dims[1])];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * 1.4 / Math.sqrt(dims[0]));
    }
    return Tensors.ofNumbers(name, format, values, Scratch.onHeap(), dims);
  }

  /** Two layers around an activation, up to {@code h}. */
  private static GraphBuilder pair(DataType type, ElementType format, String activation) {
    return GraphBuilder.opset(17)
        .domain("com.microsoft", 1)
        .input("z", type, "N", 3, FREE)
        .initializer(random("mix", format, FREE, WIDTH))
        .initializer(random("w1", format, WIDTH, HIDDEN))
        .initializer(random("b1", format, HIDDEN))
        .initializer(random("w2", format, HIDDEN, WIDTH))
        .node("mixed", "MatMul", "z, mix", "x")
        .node("first", "MatMul", "x, w1", "a0")
        .node("biased", "Add", "a0, b1", "a")
        .node(activation, "a", "r")
        .node("second", "MatMul", "r, w2", "h");
  }

  private static GraphBuilder floats(String activation) {
    return pair(DataType.FLOAT, ElementType.FLOAT, activation);
  }

  private OptimizationReport run(GraphBuilder graph, Options options, String output) {
    return Optimizer.optimize(
        graph.write(folder.resolve("in.onnx")),
        folder.resolve(output),
        options,
        ProgressListener.NONE);
  }

  private static double error(OptimizationReport report) {
    return Objects.requireNonNull(report.regions().get(0).relativeErrorAfterRepair());
  }

  @Test
  @Tag("slow")
  void bringsAClassifierCloserThanLeastSquares() {
    Path mlp = Fixtures.fashionMlp(folder);
    Path output = folder.resolve("out.onnx");
    Options.Builder options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 8)
            .set(PlanningOptions.CALIBRATION, Fixtures.fashionCalibration(folder).toString())
            .set(RepairOptions.VALIDATION, Fixtures.fashionValidation(folder).toString())
            .set(GateOptions.GATE, false)
            .set(OutputOptions.OVERWRITE, true)
            .set(RepairOptions.DISTILL_STEPS, 500)
            .set(PlanningOptions.THREADS, 2);
    double squares =
        agreement(mlp, output, options.set(RepairOptions.REPAIR, Repair.LEAST_SQUARES).build());
    double distilled =
        agreement(mlp, output, options.set(RepairOptions.REPAIR, Repair.DISTILL).build());
    assertThat(distilled).isGreaterThan(squares + 0.01);
  }

  private static double agreement(Path model, Path output, Options options) {
    OptimizationReport report = Optimizer.optimize(model, output, options, ProgressListener.NONE);
    Double agreement = Objects.requireNonNull(report.accuracy()).outputs().get(0).agreement();
    return Objects.requireNonNull(agreement);
  }

  /** Rows of values of different sizes, far from 0. */
  private static GraphBuilder values(String activation, int free) {
    float[] scale = new float[WIDTH];
    float[] offset = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      scale[i] = 1 + i % 5 * 20;
      offset[i] = 100 - 30 * (i % 3);
    }
    return GraphBuilder.opset(17)
        .input("z", "N", free)
        .initializer(random("mix", ElementType.FLOAT, free, WIDTH))
        .initializer(random("w1", ElementType.FLOAT, WIDTH, HIDDEN))
        .initializer(random("w2", ElementType.FLOAT, HIDDEN, WIDTH))
        .initializer("scale", scale, WIDTH)
        .initializer("offset", offset, WIDTH)
        .node("mixed", "MatMul", "z, mix", "x")
        .node("first", "MatMul", "x, w1", "a")
        .node(activation, "a", "r")
        .node("second", "MatMul", "r, w2", "h")
        .node("Mul", "h, scale", "s")
        .node("Add", "s, offset", "y")
        .output("y", "N", WIDTH);
  }

  private static OutputAccuracy output(OptimizationReport report) {
    return Objects.requireNonNull(report.accuracy()).outputs().get(0);
  }

  /** A softmax of such values says nothing, so their divergence is no goal for them. */
  @Test
  void bringsValuesCloserThanLeastSquaresByTheMeasureOfTheGate() {
    GraphBuilder graph = values("Relu", FREE);
    OutputAccuracy squares =
        output(
            run(
                graph,
                options(Repair.LEAST_SQUARES).set(RepairOptions.VALIDATION, "random:256").build(),
                "squares.onnx"));
    OptimizationReport distilled =
        run(
            graph,
            options(Repair.DISTILL).set(RepairOptions.VALIDATION, "random:256").build(),
            "distilled.onnx");
    assertThat(squares.readAs()).isEqualTo("undecided");
    assertThat(distilled.warnings()).isEmpty();
    assertThat(output(distilled).explained())
        .isGreaterThan(Objects.requireNonNull(squares.explained()) + 0.01);
  }

  /** Without an activation least squares are exact, and steps can only move away from that. */
  @Test
  void saysWhereItBroughtNothing() {
    List<String> notes = new ArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void note(String message) {
            notes.add(message);
          }
        };
    OptimizationReport report =
        Optimizer.optimize(
            values("Identity", 4).write(folder.resolve("in.onnx")),
            folder.resolve("out.onnx"),
            options(Repair.DISTILL).build(),
            listener);
    assertThat(report.warnings())
        .singleElement()
        .asString()
        .contains("Distillation brought nothing on held-out samples in 200 steps");
    assertThat(report.regions()).extracting(RegionReport::repair).containsExactly("least-squares");
    assertThat(notes).singleElement().asString().contains("the largest loss by its limit is");
  }

  /** The names of the threads that a run starts. */
  private Set<String> workers(int threads) {
    Set<String> names = ConcurrentHashMap.newKeySet();
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Path in = floats("Relu").output("h", "N", 3, WIDTH).write(folder.resolve("in.onnx"));
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void progress(String stage, double done) {
            Sets.difference(Thread.getAllStackTraces().keySet(), before).stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("partita-") || name.startsWith("ForkJoinPool"))
                .forEach(names::add);
          }
        };
    Options options = options(Repair.DISTILL).set(PlanningOptions.THREADS, threads).build();
    Optimizer.optimize(in, folder.resolve("out.onnx"), options, listener);
    return names;
  }

  /** Every sample next to every other one, which no batch of a training graph has. */
  @Test
  void aTrainingGraphThatDoesNotRunLeavesTheLeastSquares() {
    GraphBuilder graph =
        floats("Relu")
            .integers("flat", -1, WIDTH)
            .node("Reshape", "h, flat", "rows")
            .node("Transpose", "rows", "turned", Attributes.integers("perm", 1, 0))
            .node("MatMul", "rows, turned", "similar")
            .output("h", "N", 3, WIDTH)
            .output("similar", "M", "M");
    OptimizationReport squares = run(graph, options(Repair.LEAST_SQUARES).build(), "squares.onnx");
    OptimizationReport report = run(graph, options(Repair.DISTILL).build(), "distilled.onnx");
    assertThat(report.warnings())
        .anySatisfy(
            warning ->
                assertThat(warning)
                    .startsWith("Distillation failed, so the weights remain those of least squares")
                    .contains(folder.resolve("in.onnx").toString()));
    assertThat(error(report)).isEqualTo(error(squares));
  }

  @Test
  void threadsIsHowManyThreadsCompute() {
    assertThat(workers(1)).isEmpty();
    assertThat(workers(3)).containsExactlyInAnyOrder("partita-worker-0", "partita-worker-1");
  }

  @Test
  void theBytesDoNotDependOnTheNumberOfThreads() throws IOException {
    GraphBuilder graph = floats("Relu").output("h", "N", 3, WIDTH);
    run(graph, options(Repair.DISTILL).set(PlanningOptions.THREADS, 1).build(), "one.onnx");
    run(graph, options(Repair.DISTILL).set(PlanningOptions.THREADS, 3).build(), "three.onnx");
    run(graph, options(Repair.LEAST_SQUARES).build(), "squares.onnx");
    byte[] one = Files.readAllBytes(folder.resolve("one.onnx"));
    assertThat(Files.readAllBytes(folder.resolve("three.onnx"))).isEqualTo(one);
    assertThat(Files.readAllBytes(folder.resolve("squares.onnx"))).isNotEqualTo(one);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE", "FLOAT16"})
  @Tag("slow")
  void keepsTheTypeOfTheWeights(ElementType format) {
    GraphBuilder graph =
        pair(DataType.valueOf(format.name()), format, "Relu")
            .output("h", DataType.valueOf(format.name()), "N", 3, WIDTH);
    double squares = error(run(graph, options(Repair.LEAST_SQUARES).build(), "a.onnx"));
    OptimizationReport report = run(graph, options(Repair.DISTILL).build(), "b.onnx");
    assertThat(report.warnings()).isEmpty();
    assertThat(report.regions()).extracting(RegionReport::repair).containsExactly("distill");
    assertThat(error(report)).isLessThan(squares);
    GraphIndex index = new GraphIndex(ModelFile.read(folder.resolve("b.onnx")));
    assertThat(index.model().proto().getGraph().getInitializerList())
        .filteredOn(tensor -> tensor.getName().startsWith("w"))
        .isNotEmpty()
        .allMatch(tensor -> tensor.getDataType() == format.onnxNumber());
  }

  @Test
  void scoresAreFoundInFrontOfTheSoftmax() {
    GraphBuilder graph =
        floats("Relu")
            .initializer(random("w3", ElementType.FLOAT, WIDTH, 5))
            .node("MatMul", "h, w3", "scores")
            .node("Softmax", "scores", "p", Attributes.integer("axis", -1))
            .output("p", "N", 3, 5);
    OptimizationReport report = run(graph, options(Repair.DISTILL).build(), "out.onnx");
    assertThat(report.warnings()).isEmpty();
    assertThat(report.regions()).extracting(RegionReport::repair).containsExactly("distill");
  }

  @Test
  void whereNoGradientComesBackEachRegionLearnsForItself() {
    GraphBuilder graph =
        floats("Tanh")
            .node("shares", "Softmax", "h", "s", Attributes.integer("axis", -1))
            .node("sine", "Sin", "s", "y")
            .output("y", "N", 3, WIDTH);
    double squares = error(run(graph, options(Repair.LEAST_SQUARES).build(), "a.onnx"));
    OptimizationReport report = run(graph, options(Repair.DISTILL).build(), "b.onnx");
    assertThat(report.warnings())
        .singleElement()
        .asString()
        .contains("against its own outputs", "Sin 'sine'");
    assertThat(report.regions()).extracting(RegionReport::repair).containsExactly("distill");
    assertThat(error(report)).isLessThan(squares);
  }

  @Test
  void aRegionThatHasNoGradientKeepsItsLeastSquares() {
    GraphBuilder graph = floats("Celu").output("h", "N", 3, WIDTH);
    OptimizationReport report = run(graph, options(Repair.DISTILL).build(), "b.onnx");
    assertThat(report.warnings())
        .hasSize(2)
        .last()
        .asString()
        .contains("Distillation is skipped", "Celu");
    assertThat(report.regions()).extracting(RegionReport::repair).containsExactly("least-squares");
  }

  @Test
  void fewSamplesAreNotLearnedByHeart() {
    GraphBuilder graph = floats("Relu").output("h", "N", 3, WIDTH);
    OptimizationReport report =
        run(
            graph,
            options(Repair.DISTILL).set(PlanningOptions.CALIBRATION, "random:48").build(),
            "out.onnx");
    assertThat(report.warnings()).singleElement().asString().contains("48", "too few");
    assertThat(report.regions()).extracting(RegionReport::repair).containsExactly("least-squares");
  }

  @Test
  void anInterruptedRunLeavesNothing() {
    GraphBuilder graph = floats("Relu").output("h", "N", 3, WIDTH);
    Thread runner = Thread.currentThread();
    ProgressListener interrupting =
        new ProgressListener() {
          @Override
          public void progress(String stage, double done) {
            if (stage.equals("distil") && done > 0.5) {
              runner.interrupt();
            }
          }
        };
    Path input = graph.write(folder.resolve("in.onnx"));
    Path output = folder.resolve("out.onnx");
    assertThatThrownBy(
            () -> Optimizer.optimize(input, output, options(Repair.DISTILL).build(), interrupting))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Interrupted");
    assertThat(Thread.interrupted()).as("still marked").isTrue();
    assertThat(folder).isDirectoryNotContaining("glob:**out.onnx");
  }
}
