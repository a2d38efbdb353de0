package dev.partita.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import dev.partita.commands.Optimizer;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.ShardedSession;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Models as the optimizer leaves them, and what comes out of them. */
public final class Rewritten {

  private Rewritten() {}

  /** Options of a quick run: no gate, no repair, small blocks, everything cut. */
  public static Options.Builder options(int accelerators) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, accelerators)
        .set(SelectionOptions.MIN_BLOCK, 2)
        .set(PlanningOptions.STRATEGY, Strategy.RANDOM)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(GateOptions.GATE, false)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 2);
  }

  /** Optimizes a model into {@code rewritten.onnx} beside it. */
  public static Path of(Path model, Options options) {
    Path output = model.resolveSibling("rewritten.onnx");
    Optimizer.optimize(model, output, options, ProgressListener.NONE);
    assertThat(ModelFile.read(output).proto().getGraph().getNodeList())
        .as("the optimizer cut something")
        .anyMatch(node -> node.getName().contains("/branch1"));
    return output;
  }

  /** Two pairs of layers around a Softmax, which no branch can compute: two regions. */
  public static GraphBuilder twoRegions(int opset) {
    return GraphBuilder.opset(opset)
        .input("x", "N", "L", 24)
        .input("mask", "N", "L", 1)
        .random("w1", 1, 24, 32)
        .random("b1", 2, 32)
        .random("w2", 3, 32, 24)
        .random("w3", 4, 24, 32)
        .random("w4", 5, 32, 24)
        .node("first", "MatMul", "x, w1", "a")
        .node("Add", "a, b1", "ab")
        .node("Relu", "ab", "r")
        .node("second", "MatMul", "r, w2", "s")
        .node("Softmax", "s", "t")
        .node("Mul", "t, mask", "u")
        .node("third", "MatMul", "u, w3", "v")
        .node("Relu", "v", "q")
        .node("fourth", "MatMul", "q, w4", "y")
        .output("y", "N", "L", 24)
        .output("t", "N", "L", 24);
  }

  /** A sentence encoder of six Transformer layers. */
  public static Path miniLm(Path folder) throws IOException {
    Path file = folder.resolve("all-minilm-l6-v2.onnx");
    try (OutputStream out = Files.newOutputStream(file)) {
      Resources.copy(Resources.getResource("all-minilm-l6-v2.onnx"), out);
    }
    return file;
  }

  /** Sentences for it, in batches of a given size; padding included. */
  public static List<ImmutableMap<String, Tensor>> sentences(Path folder, Path model, int samples) {
    try (InferenceSession session = InferenceSession.open(model)) {
      String tokens = Fixtures.minilmTokens(folder).toString();
      return DataSet.read(tokens, session.inputs(), /* seed= */ 1).batches(samples).stream()
          .map(Batch::inputs)
          .toList();
    }
  }

  /** Random samples for a model. */
  public static ImmutableMap<String, Tensor> inputs(
      Path model, int samples, long seed, Map<String, Integer> dims) {
    try (InferenceSession session = InferenceSession.open(model)) {
      return DataSet.read("random:" + samples, session.inputs(), seed, dims, "none")
          .batches(samples)
          .get(0)
          .inputs();
    }
  }

  /** Every output of a model in one session. */
  public static ImmutableMap<String, Tensor> outputs(Path model, Map<String, Tensor> inputs) {
    try (InferenceSession session = InferenceSession.open(model)) {
      return session.run(inputs, session.outputs().stream().map(TensorDescription::name).toList());
    }
  }

  /** Every output of an open folder. */
  public static ImmutableMap<String, Tensor> outputs(
      ShardedSession session, Map<String, Tensor> inputs) throws InterruptedException {
    return session.run(inputs, session.outputs().stream().map(TensorDescription::name).toList());
  }

  /** Requires the same bytes for the same names. */
  public static void assertSameBytes(Map<String, Tensor> actual, Map<String, Tensor> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, tensor) -> {
          Tensor other = actual.getOrDefault(name, Tensor.of(new float[0], 0));
          assertThat(other.shape()).as(name).isEqualTo(tensor.shape());
          assertThat(other.sameElements(tensor, 0, tensor.elements()))
              .as("elements of %s with the same bits", name)
              .isEqualTo(tensor.elements());
        });
  }
}
