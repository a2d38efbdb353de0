package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.FinderOptions;
import dev.partita.fixtures.Fixtures;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.options.Strategy;
import dev.partita.partition.PlanProblem;
import dev.partita.partition.RandomStrategy;
import dev.partita.report.schema.InspectReport;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import dev.partita.testing.MaskedModel;
import dev.partita.testing.Run;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sentence encoder of six Transformer layers, of dynamic batch and length, as exported. */
@Tag("slow")
class MiniLmTest {

  private static final int ENCODER_LAYERS = 6;
  private static final int SENTENCES = 8;
  private static final double TOLERANCE = 1e-5;

  @TempDir private static Path folder;
  private static Path file;
  private static GraphIndex index;
  private static ImmutableList<Region> regions;

  @BeforeAll
  static void read() throws IOException {
    file = folder.resolve("all-minilm-l6-v2.onnx");
    try (OutputStream out = Files.newOutputStream(file)) {
      Resources.copy(Resources.getResource("all-minilm-l6-v2.onnx"), out);
    }
    index = new GraphIndex(ModelFile.read(file));
    FinderOptions options =
        new FinderOptions(
            OptimizeWithoutGate.ACCELERATORS, 16, ImmutableList.of(), ImmutableList.of());
    regions = RegionFinder.find(index, options).regions();
  }

  @Test
  void everyProductHasEitherARegionOrAReason() {
    List<NodeProto> nodes = index.model().proto().getGraph().getNodeList();
    Set<String> initializers =
        index.model().proto().getGraph().getInitializerList().stream()
            .map(TensorProto::getName)
            .collect(Collectors.toSet());
    List<String> constant = new ArrayList<>();
    List<String> dynamic = new ArrayList<>();
    for (NodeProto node : nodes) {
      if (node.getOpType().equals("MatMul") || node.getOpType().equals("Gemm")) {
        (initializers.contains(node.getInput(1)) ? constant : dynamic).add(node.getName());
      }
    }
    assertThat(constant).hasSize(36);
    assertThat(dynamic).hasSize(12);

    InspectReport report = Inspector.inspect(file, OptimizeWithoutGate.options(Strategy.RANDOM));

    List<String> cut = new ArrayList<>();
    List<String> left = new ArrayList<>();
    for (InspectReport.Layer layer : report.layers()) {
      assertThat(layer.region() == null).as(layer.node()).isNotEqualTo(layer.reason() == null);
      if (layer.region() != null) {
        cut.add(layer.node());
      } else {
        assertThat(layer.reason()).as(layer.node()).isEqualTo("DYNAMIC_WEIGHT");
        left.add(layer.node());
      }
    }
    assertThat(cut).isEqualTo(constant);
    assertThat(left).isEqualTo(dynamic);
  }

  @Test
  void projectionsAndFeedForwardPairsAreRegionsOfTheirOwn() {
    List<ImmutableList<String>> expected = new ArrayList<>();
    for (int i = 0; i < ENCODER_LAYERS; i++) {
      String layer = "/encoder/layer." + i;
      for (String part : List.of("self/query", "self/key", "self/value", "output/dense")) {
        expected.add(ImmutableList.of(layer + "/attention/" + part + "/MatMul 384-384"));
      }
      expected.add(
          ImmutableList.of(
              layer + "/intermediate/dense/MatMul 384-1536",
              layer + "/output/dense/MatMul 1536-384"));
    }
    assertThat(regions.stream().map(MiniLmTest::layers)).containsExactlyElementsOf(expected);
    for (Region region : regions) {
      assertThat(operators(region))
          .as(region.id())
          .isEqualTo(
              region.layers().size() == 1
                  ? List.of("MatMul", "Add")
                  : List.of("MatMul", "Add", "Div", "Erf", "Add", "Mul", "Mul", "MatMul", "Add"));
      assertThat(region.entries()).as(region.id()).hasSize(1);
      assertThat(region.exits()).as(region.id()).hasSize(1);
    }
  }

  @Test
  void residualAddsStayOutsideOfAllRegions() {
    Set<Integer> inRegions =
        regions.stream().flatMap(r -> r.nodes().stream()).collect(Collectors.toSet());
    List<Integer> residual = new ArrayList<>();
    for (int i = 0; i < index.size(); i++) {
      if (index.nodeName(i).endsWith("/output/Add")) {
        assertThat(index.node(i).getInputList()).noneMatch(v -> index.constant(v) != null);
        residual.add(i);
      }
    }
    assertThat(residual).hasSize(2 * ENCODER_LAYERS).doesNotContainAnyElementsOf(inRegions);
  }

  @Test
  void isOptimizedInAHeapSmallerThanTheModel() throws Exception {
    Path output = folder.resolve("optimized.onnx");
    Path log = folder.resolve("optimize.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                OptimizeWithoutGate.class.getName(),
                file.toString(),
                output.toString())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(log.toFile()))
            .start();
    assertThat(process.waitFor()).as(() -> read(log)).isZero();

    Path masked = folder.resolve("masked.onnx");
    try (OutputStream out = Files.newOutputStream(masked)) {
      masked().writeTo(out);
    }
    ImmutableMap<String, Tensor> tokens;
    try (InferenceSession session = InferenceSession.open(file)) {
      DataSet data =
          DataSet.read(Fixtures.minilmTokens(folder).toString(), session.inputs(), /* seed= */ 1);
      tokens = data.batches(SENTENCES).get(0).inputs();
    }
    float[] expected = output(masked, tokens);
    assertThat(Run.relativeError(output(file, tokens), expected))
        .as("dropping weights changes the output")
        .isGreaterThan(0.01);
    assertThat(Run.relativeError(expected, output(output, tokens))).isLessThan(TOLERANCE);
  }

  /** The original with the dropped weights set to zero; the plan is the child's, made again. */
  private static ModelProto masked() {
    ModelProto masked = index.model().proto();
    for (Region region : regions) {
      PlanProblem problem =
          PlanProblem.of(
              region,
              OptimizeWithoutGate.ACCELERATORS,
              layer -> null,
              layer -> null,
              Workers.of(2));
      masked =
          MaskedModel.mask(
              masked, region, new RandomStrategy(OptimizeWithoutGate.SEED).plan(problem));
    }
    return masked;
  }

  private static float[] output(Path model, Map<String, Tensor> inputs) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
        assertThat(input.getValue().type()).isEqualTo(ElementType.INT64);
        tensors.put(
            input.getKey(),
            OnnxTensor.createTensor(
                environment,
                input.getValue().data().asLongBuffer(),
                input.getValue().shape().toArray()));
      }
      try (OrtSession session = environment.createSession(model.toString(), options);
          OrtSession.Result result = session.run(tensors)) {
        FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
      }
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static ImmutableList<String> layers(Region region) {
    return region.layers().stream()
        .map(RegionLayer::layer)
        .map(layer -> layer.name() + " " + layer.in() + "-" + layer.out())
        .collect(ImmutableList.toImmutableList());
  }

  private static List<String> operators(Region region) {
    return region.nodes().stream().map(node -> index.node(node).getOpType()).toList();
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
