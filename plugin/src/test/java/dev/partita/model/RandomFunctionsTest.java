package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.testing.Run;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Functions that call functions, in bodies too, and all use the same few names: inlined, a model
 * computes what it did.
 */
class RandomFunctionsTest {

  private static final int OPSET = 18;
  private static final int FUNCTIONS = 4;

  static IntStream seeds() {
    return IntStream.range(0, 60);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void inlinedModelsComputeWhatTheyDid(int seed) {
    ModelProto before = new Maker(seed).model();
    FunctionInliner.Inlined inlined =
        FunctionInliner.inline(
            new OnnxModel(before, Path.of("random" + seed), 0), "MatMul"::equals);
    assertThat(inlined.calls()).isNotEmpty();
    assertThat(inlined.refused()).isEmpty();
    ModelProto after = inlined.model().proto();
    Map<String, float[]> inputs = Run.inputs(before, 3, seed);
    float[] expected = Run.outputs(before, inputs, 3, false).get("y");
    float[] actual = Run.outputs(after, inputs, 3, false).get("y");
    assertThat(Run.relativeError(expected, actual)).as("seed %d", seed).isLessThan(1e-6);
  }

  private static final class Maker {

    private final SplittableRandom random;

    Maker(int seed) {
      this.random = new SplittableRandom(seed);
    }

    ModelProto model() {
      GraphBuilder graph = GraphBuilder.opset(OPSET).irVersion(10).domain("own", 1);
      graph.input("x", "N", 6).random("w", 1, 6, 6).initializer(truth(random.nextBoolean()));
      List<String> values = fill(graph, "", 0, new ArrayList<>(List.of("x")), true);
      graph.node("own::f0", last(values) + ", w, c", "called");
      ModelProto.Builder model =
          graph.node("Tanh", "called", "y").output("y", "N", 6).build().toBuilder();
      for (int i = 0; i < FUNCTIONS; i++) {
        model.addFunctions(function(i));
      }
      return model.build();
    }

    private FunctionProto function(int number) {
      GraphBuilder body = GraphBuilder.opset(OPSET).captured("x", "w", "c");
      List<String> values = fill(body, "", number + 1, new ArrayList<>(List.of("x")), true);
      // Each calls the next, and the last has a product, so that all are worth inlining.
      boolean end = number + 1 == FUNCTIONS;
      body.node(
          end ? "MatMul" : "own::f" + (number + 1), last(values) + ", w" + (end ? "" : ", c"), "y");
      return FunctionProto.newBuilder()
          .setDomain("own")
          .setName("f" + number)
          .addAllInput(List.of("x", "w", "c"))
          .addOutput("y")
          .addAllNode(body.output("y").build().getGraph().getNodeList())
          .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
          .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
          .build();
    }

    /** Adds nodes that read what is there and call functions from a number on. */
    private List<String> fill(
        GraphBuilder graph, String prefix, int callable, List<String> values, boolean bodies) {
      int nodes = 1 + random.nextInt(3);
      for (int i = 0; i < nodes; i++) {
        String made = prefix + "v" + i;
        String read = values.get(random.nextInt(values.size()));
        int kind = random.nextInt(4);
        if (kind == 0 && callable < FUNCTIONS) {
          graph.node("own::f" + callable, read + ", w, c", made);
        } else if (kind == 1 && bodies) {
          graph.node(
              "If",
              "c",
              made,
              Attributes.graph("then_branch", body(made, callable, values)),
              Attributes.graph("else_branch", body(made, callable, values)));
        } else if (kind == 2) {
          graph.node("MatMul", read + ", w", made);
        } else {
          graph.node("Tanh", read, made);
        }
        values.add(made);
      }
      return values;
    }

    private GraphProto body(String of, int callable, List<String> values) {
      GraphBuilder graph = GraphBuilder.opset(OPSET).captured("w", "c");
      graph.captured(values.toArray(String[]::new));
      // Both branches use the same names.
      List<String> inside = fill(graph, of, callable, new ArrayList<>(values), false);
      return graph.output(last(inside), "M", 6).build().getGraph();
    }

    private static String last(List<String> values) {
      return values.get(values.size() - 1);
    }

    private static TensorProto truth(boolean value) {
      return TensorProto.newBuilder()
          .setName("c")
          .setDataType(DataType.BOOL_VALUE)
          .addInt32Data(value ? 1 : 0)
          .build();
    }
  }
}
