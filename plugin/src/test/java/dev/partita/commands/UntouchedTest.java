package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.RandomModels;
import dev.partita.fixtures.TensorValues;
import dev.partita.model.GraphIndex;
import dev.partita.model.GraphPath;
import dev.partita.model.ModelFile;
import dev.partita.model.Names;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.DeviceConfigurationProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeDeviceConfigurationProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.SparseTensorProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorAnnotation;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.onnx.TrainingInfoProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.rewrite.RegionRewriter;
import dev.partita.rewrite.RegionWeights;
import dev.partita.spi.ProgressListener;
import dev.partita.testing.Identity;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a run does not replace is the same afterwards, field by field. */
class UntouchedTest {

  private static final int RANDOM_MODELS = 120;
  private static final int CONFORMANCE_MODELS = 1000;

  @TempDir private Path folder;

  private ModelProto optimized(Path file) throws IOException {
    Path output = folder.resolve("out.onnx");
    Optimizer.optimize(
        file,
        output,
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(SelectionOptions.MIN_BLOCK, 1)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .set(RepairOptions.REPAIR, Repair.NONE)
            .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
            .set(GateOptions.GATE, false)
            .set(OutputOptions.OVERWRITE, true)
            .set(PlanningOptions.THREADS, 2)
            .build(),
        ProgressListener.NONE);
    return ModelProto.parseFrom(Files.readAllBytes(output));
  }

  /** The nodes that such a run replaces. */
  private static Map<GraphPath, Set<Integer>> replaced(OnnxModel model) {
    GraphIndex index = new GraphIndex(model);
    Names names = new Names(index);
    Map<GraphPath, Set<Integer>> replaced = new HashMap<>();
    FinderOptions options = new FinderOptions(2, 1, ImmutableList.of("*"), ImmutableList.of());
    for (Region region : RegionFinder.find(index, options).regions()) {
      PartitionPlan plan =
          new ContiguousStrategy()
              .plan(PlanProblem.of(region, 2, layer -> null, layer -> null, Workers.of(1)));
      replaced
          .computeIfAbsent(region.graph(), path -> new HashSet<>())
          .addAll(
              RegionRewriter.rewrite(index, names, region, plan, RegionWeights.ORIGINAL)
                  .edit()
                  .replaced());
    }
    return replaced;
  }

  private boolean check(Path file) throws IOException {
    OnnxModel model = ModelFile.read(file);
    Map<GraphPath, Set<Integer>> replaced = replaced(model);
    ModelProto after = optimized(file);
    assertThat(Identity.difference(model.proto(), after, replaced)).as(file.toString()).isNull();
    return !replaced.isEmpty();
  }

  @Test
  @Tag("slow")
  void randomModels() throws IOException {
    int cut = 0;
    for (int seed = 0; seed < RANDOM_MODELS; seed++) {
      Path file = folder.resolve("random" + seed + ".onnx");
      Files.write(file, RandomModels.model(seed).proto().toByteArray());
      cut += check(file) ? 1 : 0;
    }
    assertThat(cut).isGreaterThan(RANDOM_MODELS / 2);
  }

  @Test
  void trainedClassifiers() throws IOException {
    assertThat(check(Fixtures.fashionMlp(folder))).isTrue();
    assertThat(check(Fixtures.fashionVgg(folder))).isTrue();
  }

  @Test
  void conformanceModels() throws IOException {
    String root = System.getProperty("partita.testdata", "");
    if (root.isEmpty()) {
      // Nothing is claimed of what is not installed; ./check says that it is missing.
      return;
    }
    int models = 0;
    try (Stream<Path> files = Files.walk(Path.of(root))) {
      for (Path file : files.filter(f -> f.endsWith("model.onnx")).sorted().toList()) {
        check(file);
        models++;
      }
    }
    assertThat(models).isGreaterThan(CONFORMANCE_MODELS);
  }

  /** Everything that a file may hold beside its layers, by what it is called. */
  private static Map<String, Consumer<ModelProto.Builder>> plants() {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(
                3000,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8("of a newer schema"))
                    .build())
            .build();
    StringStringEntryProto entry =
        StringStringEntryProto.newBuilder().setKey("com.example.key").setValue("value").build();
    Map<String, Consumer<ModelProto.Builder>> plants = new LinkedHashMap<>();
    plants.put("an unknown field of the model", m -> m.setUnknownFields(unknown));
    plants.put("an unknown field of the graph", m -> m.getGraphBuilder().setUnknownFields(unknown));
    plants.put("an unknown field of a node", m -> soft(m).setUnknownFields(unknown));
    plants.put(
        "an unknown field of an attribute",
        m -> soft(m).getAttributeBuilder(0).setUnknownFields(unknown));
    plants.put(
        "an unknown field of a tensor",
        m -> m.getGraphBuilder().getInitializerBuilder(0).setUnknownFields(unknown));
    plants.put(
        "an unknown field of an input",
        m -> m.getGraphBuilder().getInputBuilder(0).setUnknownFields(unknown));
    plants.put("metadata of the model", m -> m.addMetadataProps(entry));
    plants.put("metadata of the graph", m -> m.getGraphBuilder().addMetadataProps(entry));
    plants.put("metadata of a node", m -> soft(m).addMetadataProps(entry));
    plants.put(
        "metadata of a tensor",
        m -> m.getGraphBuilder().getInitializerBuilder(0).addMetadataProps(entry));
    plants.put(
        "metadata of an output",
        m -> m.getGraphBuilder().getOutputBuilder(0).addMetadataProps(entry));
    plants.put("what the model says", m -> m.setDocString("of the model"));
    plants.put("what the graph says", m -> m.getGraphBuilder().setDocString("of the graph"));
    plants.put("what a node says", m -> soft(m).setDocString("of the node"));
    plants.put(
        "what a tensor says",
        m -> m.getGraphBuilder().getInitializerBuilder(0).setDocString("of the tensor"));
    plants.put("a producer", m -> m.setProducerName("somebody").setProducerVersion("1.2"));
    plants.put("a domain and a version", m -> m.setDomain("com.example").setModelVersion(7));
    plants.put(
        "a function",
        m ->
            m.addFunctions(
                FunctionProto.newBuilder()
                    .setName("Unused")
                    .setDomain("com.example")
                    .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                    .addMetadataProps(entry)));
    plants.put(
        "an operator set",
        m ->
            m.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain("com.example").setVersion(1)));
    plants.put(
        "training",
        m ->
            m.addTrainingInfo(
                TrainingInfoProto.newBuilder()
                    .setAlgorithm(GraphProto.newBuilder().setName("step"))
                    .addUpdateBinding(
                        StringStringEntryProto.newBuilder().setKey("w1").setValue("new"))));
    plants.put(
        "device configurations",
        m ->
            m.setIrVersion(11)
                .addConfiguration(
                    DeviceConfigurationProto.newBuilder().setName("two").setNumDevices(2)));
    plants.put(
        "a device of a node",
        m ->
            soft(m)
                .addDeviceConfigurations(
                    NodeDeviceConfigurationProto.newBuilder().setConfigurationId("two")));
    plants.put(
        "the type of a value",
        m ->
            m.getGraphBuilder()
                .addValueInfo(
                    ValueInfoProto.newBuilder()
                        .setName("soft")
                        .setType(m.getGraph().getInput(0).getType())
                        .addMetadataProps(entry)));
    plants.put(
        "a quantization annotation",
        m ->
            m.getGraphBuilder()
                .addQuantizationAnnotation(
                    TensorAnnotation.newBuilder()
                        .setTensorName("soft")
                        .addQuantParameterTensorNames(
                            StringStringEntryProto.newBuilder()
                                .setKey("SCALE_TENSOR")
                                .setValue("unused"))));
    plants.put(
        "a sparse initializer",
        m ->
            m.getGraphBuilder()
                .addSparseInitializer(
                    SparseTensorProto.newBuilder()
                        .setValues(TensorValues.floats("sparse", new float[] {1}, 1))
                        .setIndices(TensorValues.integers("", new long[] {2}, 1))
                        .addDims(8)));
    plants.put(
        "an initializer that nothing reads",
        m -> m.getGraphBuilder().addInitializer(TensorValues.random("idle", 9, 0.5, 3)));
    plants.put(
        "a node that nothing reads",
        m ->
            m.getGraphBuilder()
                .addNode(
                    NodeProto.newBuilder().setOpType("Abs").addInput("soft").addOutput("idle2")));
    return plants;
  }

  private static NodeProto.Builder soft(ModelProto.Builder model) {
    return model.getGraphBuilder().getNodeBuilder(2);
  }

  /** Two regions with a Softmax between them, which nothing touches. */
  private static ModelProto plain() {
    return GraphBuilder.opset(17)
        .input("x", "N", 8)
        .random("unused", 7, 2)
        .random("w1", 1, 8, 8)
        .random("w2", 2, 8, 8)
        .node("MatMul", "x, w1", "h")
        .node("Relu", "h", "i")
        .node("Softmax", "i", "soft", Attributes.integer("axis", -1))
        .node("MatMul", "soft, w2", "j")
        .node("Cast", "j", "y", Attributes.integer("to", DataType.FLOAT_VALUE))
        .output("y", "N", 8)
        .build();
  }

  @Test
  void oneOfEachKindIsKept() throws IOException {
    ModelProto.Builder planted = plain().toBuilder();
    plants().values().forEach(plant -> plant.accept(planted));
    Path file = folder.resolve("planted.onnx");
    Files.write(file, planted.build().toByteArray());
    assertThat(check(file)).isTrue();
  }

  static Stream<String> kinds() {
    return plants().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theLossOfAnyIsSeen(String kind) throws IOException {
    ModelProto.Builder planted = plain().toBuilder();
    plants().values().forEach(plant -> plant.accept(planted));
    ModelProto.Builder lacking = plain().toBuilder();
    plants()
        .forEach(
            (other, plant) -> {
              if (!other.equals(kind)) {
                plant.accept(lacking);
              }
            });
    Path file = folder.resolve("lacking.onnx");
    Files.write(file, lacking.build().toByteArray());
    OnnxModel model = ModelFile.read(file);
    String difference = Identity.difference(planted.build(), optimized(file), replaced(model));
    assertThat(difference).as("without " + kind).isNotNull();
  }

  @Test
  void anotherOrderIsSeen() throws IOException {
    ModelProto model = plain();
    ModelProto.Builder turned = model.toBuilder();
    turned
        .getGraphBuilder()
        .setInitializer(0, model.getGraph().getInitializer(1))
        .setInitializer(1, model.getGraph().getInitializer(0));
    assertThat(Identity.difference(model, turned.build(), Map.of())).contains("initializer");
    ModelProto.Builder moved = model.toBuilder();
    moved
        .getGraphBuilder()
        .setNode(2, model.getGraph().getNode(3))
        .setNode(3, model.getGraph().getNode(2));
    assertThat(Identity.difference(model, moved.build(), Map.of())).contains("node[");
    ModelProto.Builder changed = model.toBuilder();
    changed.getGraphBuilder().getNodeBuilder(2).getAttributeBuilder(0).setI(1);
    assertThat(Identity.difference(model, changed.build(), Map.of())).contains("axis");
  }

  @Test
  void whatIsReplacedStillSaysWhatItSaid() throws IOException {
    ModelProto.Builder planted = plain().toBuilder();
    NodeProto.Builder product = planted.getGraphBuilder().getNodeBuilder(0);
    product.setDocString("the first product");
    product.addMetadataProps(
        StringStringEntryProto.newBuilder().setKey("com.example.key").setValue("value"));
    product.addDeviceConfigurations(
        NodeDeviceConfigurationProto.newBuilder().setConfigurationId("gone"));
    Path file = folder.resolve("said.onnx");
    Files.write(file, planted.build().toByteArray());
    List<NodeProto> branches =
        optimized(file).getGraph().getNodeList().stream()
            .filter(node -> node.getDocString().startsWith("the first product\n\nBlock of"))
            .toList();
    assertThat(branches).hasSize(2);
    assertThat(branches)
        .allMatch(
            node ->
                node.getDeviceConfigurationsCount() == 0
                    && node.getMetadataPropsList().stream()
                        .anyMatch(entry -> entry.getKey().equals("com.example.key")));
  }

  @Test
  void aRunThatRewritesNothingCopiesTheBytes() throws IOException {
    ModelProto.Builder planted = plain().toBuilder();
    plants().values().forEach(plant -> plant.accept(planted));
    Path file = folder.resolve("same.onnx");
    Files.write(file, planted.build().toByteArray());
    OptimizationReport report =
        Optimizer.optimize(
            file,
            folder.resolve("copy.onnx"),
            Options.builder()
                .set(SelectionOptions.EXCLUDE, ImmutableList.of("*"))
                .set(GateOptions.GATE, false)
                .build(),
            ProgressListener.NONE);
    assertThat(report.outcome()).isEqualTo(Outcome.UNCHANGED);
    assertThat(Files.mismatch(file, folder.resolve("copy.onnx"))).isEqualTo(-1);
  }
}
