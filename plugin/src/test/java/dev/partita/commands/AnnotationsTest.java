package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.Fixtures;
import dev.partita.model.ModelFile;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.NetronAttachment;
import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.AnnotateReport.Source;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Figures that another tool has taken away, put back. */
@TestInstance(Lifecycle.PER_CLASS)
class AnnotationsTest {

  @TempDir static Path shared;
  @TempDir Path folder;

  private Path optimized = Path.of("");
  private ImmutableMap<String, ImmutableMap<String, String>> sidecar = ImmutableMap.of();

  @BeforeAll
  void optimizeOnce() throws IOException {
    optimized = shared.resolve("optimized.onnx");
    sidecar = read(optimize(optimized, 4));
    assertThat(figures(proto(optimized))).hasSizeGreaterThan(12);
  }

  private static OptimizationReport optimize(Path output, int accelerators) {
    Options options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, accelerators)
            .set(PlanningOptions.STRATEGY, Strategy.OPTIMIZED)
            .set(GateOptions.GATE, false)
            .build();
    return Optimizer.optimize(
        Fixtures.fashionMlp(output.getParent()), output, options, ProgressListener.NONE);
  }

  /** What a run kept, through the file. */
  private static ImmutableMap<String, ImmutableMap<String, String>> read(OptimizationReport report)
      throws IOException {
    Path file = Files.createTempFile(shared, "sidecar", ".json");
    Files.writeString(file, NetronAttachment.of(report));
    return NetronAttachment.read(file);
  }

  private static ModelProto proto(Path model) {
    return ModelFile.read(model).proto();
  }

  private static List<NodeProto> figures(ModelProto model) {
    return model.getGraph().getNodeList().stream()
        .filter(node -> node.getMetadataPropsCount() > 0)
        .toList();
  }

  /** As a tool leaves it that clears metadata and documentation, and does more to each node. */
  private Path stripped(UnaryOperator<NodeProto> more) throws IOException {
    ModelProto.Builder model = proto(optimized).toBuilder().clearMetadataProps();
    for (NodeProto.Builder node : model.getGraphBuilder().getNodeBuilderList()) {
      NodeProto changed = more.apply(node.clearMetadataProps().clearDocString().build());
      node.clear().mergeFrom(changed);
    }
    Path path = Files.createTempFile(folder, "stripped", ".onnx");
    try (OutputStream out = Files.newOutputStream(path)) {
      model.build().writeTo(out);
    }
    return path;
  }

  @Test
  void theSidecarPutsEverythingBack() throws IOException {
    Path stripped = stripped(node -> node);
    assertThat(figures(proto(stripped))).isEmpty();
    Path output = folder.resolve("out.onnx");
    AnnotateReport report = Annotations.restore(stripped, output, sidecar, false);
    assertThat(proto(output)).isEqualTo(proto(optimized));
    assertThat(report.source()).isEqualTo(Source.SIDECAR);
    assertThat(report.byName()).isEqualTo(sidecar.size() - 1);
    assertThat(report.byOutput()).isZero();
    assertThat(report.skipped()).isEmpty();
  }

  @Test
  void whatIsThereAlreadyIsNotSaidTwice() {
    Path output = folder.resolve("out.onnx");
    Annotations.restore(optimized, output, sidecar, false);
    assertThat(proto(output)).isEqualTo(proto(optimized));
  }

  @Test
  void aNodeWithoutItsNameIsKnownByWhatItMakes() throws IOException {
    Path unnamed = stripped(node -> node.toBuilder().clearName().build());
    Path output = folder.resolve("out.onnx");
    AnnotateReport report = Annotations.restore(unnamed, output, sidecar, false);
    assertThat(report.byName()).isZero();
    assertThat(report.byOutput()).isEqualTo(sidecar.size() - 1);
    List<NodeProto> expected = figures(proto(optimized));
    assertThat(figures(proto(output)))
        .extracting(NodeProto::getMetadataPropsList)
        .isEqualTo(expected.stream().map(NodeProto::getMetadataPropsList).toList());
  }

  @Test
  void aNodeThatIsGoneIsNamed() throws IOException {
    String gone = figures(proto(optimized)).get(0).getName();
    Path changed =
        stripped(
            node -> node.getName().equals(gone) ? node.toBuilder().setName("fused").build() : node);
    ImmutableMap.Builder<String, ImmutableMap<String, String>> kept = ImmutableMap.builder();
    sidecar.forEach(
        (name, entries) ->
            kept.put(
                name,
                ImmutableMap.copyOf(
                    com.google.common.collect.Maps.filterKeys(
                        entries, key -> !key.equals("dev.partita.outputs")))));
    AnnotateReport report =
        Annotations.restore(changed, folder.resolve("out.onnx"), kept.buildOrThrow(), false);
    assertThat(report.skipped())
        .singleElement()
        .satisfies(
            skipped -> {
              assertThat(skipped.node()).isEqualTo(gone);
              assertThat(skipped.reason()).isEqualTo(Annotations.NOT_THERE);
            });
  }

  @Test
  void theSidecarOfAnotherModelIsRefused() throws IOException {
    Path stripped = stripped(node -> node);
    var ofTwo = read(optimize(Files.createDirectory(folder.resolve("p2")).resolve("m.onnx"), 2));
    assertRefused(stripped, ofTwo, ": it contains node '");
    var ofEight = read(optimize(Files.createDirectory(folder.resolve("p8")).resolve("m.onnx"), 8));
    assertRefused(stripped, ofEight, ", which does not match ");
    assertRefused(
        stripped,
        ImmutableMap.of("elsewhere", ImmutableMap.of("dev.partita.branch", "0")),
        "none of its branches is in the model");
    // The original has the layer that stays whole under the same name.
    assertRefused(Fixtures.fashionMlp(folder), sidecar, "none of its branches is in the model");
  }

  @Test
  void theSidecarOfAnotherOriginalIsRefused() {
    ImmutableMap<String, String> ofModel =
        ImmutableMap.of("dev.partita.input_sha256", "0".repeat(64));
    assertRefused(
        optimized,
        ImmutableMap.<String, ImmutableMap<String, String>>builder()
            .putAll(sidecar)
            .put("", ofModel)
            .buildKeepingLast(),
        "it was written for a different original");
  }

  private void assertRefused(
      Path model, ImmutableMap<String, ImmutableMap<String, String>> kept, String why) {
    Path output = folder.resolve("refused.onnx");
    assertThatThrownBy(() -> Annotations.restore(model, output, kept, false))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("belongs to a different model")
        .hasMessageContaining(why);
    assertThat(output).doesNotExist();
  }

  @Test
  void estimatesAgreeWithThoseOfTheRunWhereNothingElseIsKnown() throws IOException {
    Path output = folder.resolve("out.onnx");
    Options options = Options.builder().set(TargetOptions.ACCELERATORS, 4).build();
    AnnotateReport report = Annotations.estimate(stripped(node -> node), output, options);
    assertThat(report.source()).isEqualTo(Source.ESTIMATE);
    List<NodeProto> expected = figures(proto(optimized));
    assertThat(report.byName()).isEqualTo(expected.size());
    assertThat(figures(proto(output))).isEqualTo(expected);
  }

  @Test
  void estimatesFollowTheTarget() throws IOException {
    Path output = folder.resolve("out.onnx");
    Options options = Options.builder().set(TargetOptions.TARGET, "eyeriss-65nm").build();
    Annotations.estimate(stripped(node -> node), output, options);
    assertThat(figures(proto(output))).isNotEqualTo(figures(proto(optimized)));
    assertThat(proto(output).getMetadataPropsList())
        .anySatisfy(entry -> assertThat(entry.getValue()).isEqualTo("eyeriss-65nm"));
  }

  @Test
  void aModelWithoutBranchesIsRefused() {
    Path dense = Fixtures.fashionMlp(folder);
    assertThatThrownBy(
            () ->
                Annotations.estimate(dense, folder.resolve("out.onnx"), Options.builder().build()))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("no node is named like a branch");
  }
}
