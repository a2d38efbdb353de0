package dev.partita.shard;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.UnsupportedInputException;
import dev.partita.model.GraphIndex;
import dev.partita.model.Nodes;
import dev.partita.model.OnnxModel;
import dev.partita.model.StagedModel;
import dev.partita.model.Subgraph;
import dev.partita.model.TemporaryFolder;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.RuntimeFailure;
import dev.partita.runtime.SessionOptions;
import dev.partita.runtime.ShardManifest.Value;
import dev.partita.runtime.TensorDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks ONNX Runtime for the types and shapes of values, which a file need not declare. */
final class ValueTypes {

  /** Tensors from this size on are left out: inference needs only their shapes. */
  private static final long LARGE_ELEMENTS = 1024;

  private static final String RANK = "/partita/rank";

  /** How ONNX Runtime calls a dimension of which it knows nothing but that it is there. */
  private static final String NAMELESS = "unk__";

  private ValueTypes() {}

  /**
   * The values as inference sees them, by name.
   *
   * @param values made by nodes of the main graph
   * @throws UnsupportedInputException if one is not a tensor of numbers or booleans
   */
  static ImmutableMap<String, Value> of(GraphIndex index, ImmutableSet<String> values) {
    if (values.isEmpty()) {
      return ImmutableMap.of();
    }
    try (TemporaryFolder folder = TemporaryFolder.ofSystem("partita-shard-")) {
      Path file = folder.path().resolve("types.onnx");
      OnnxModel model = withRanks(index, values);
      try {
        return describe(index, values, withoutLargeTensors(model), file);
      } catch (RuntimeFailure failure) {
        requireTensors(index, values, file);
        // Some operators read their weights, or take them in types that no input can have.
        return describe(index, values, model, file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary folder", e);
    }
  }

  /** A value and, behind it, its shape: how long that is tells a scalar from an unknown rank. */
  private static OnnxModel withRanks(GraphIndex index, ImmutableSet<String> values) {
    OnnxModel model = Subgraph.computing(index, values.asList());
    GraphProto.Builder graph = model.proto().getGraph().toBuilder();
    for (String value : values) {
      graph.addNode(Nodes.of("Shape", value + RANK, List.of(value), value + RANK));
      graph.addOutput(ValueInfoProto.newBuilder().setName(value + RANK));
    }
    return model.withProto(model.proto().toBuilder().setGraph(graph).build());
  }

  private static OnnxModel withoutLargeTensors(OnnxModel model) {
    GraphProto graph = model.proto().getGraph();
    GraphProto.Builder small = graph.toBuilder().clearInitializer();
    List<String> inputs = graph.getInputList().stream().map(ValueInfoProto::getName).toList();
    for (TensorProto tensor : graph.getInitializerList()) {
      long elements = tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
      if (elements < LARGE_ELEMENTS) {
        small.addInitializer(tensor);
      } else if (!inputs.contains(tensor.getName())) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        tensor
            .getDimsList()
            .forEach(
                size -> shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size)));
        small.addInput(
            ValueInfoProto.newBuilder()
                .setName(tensor.getName())
                .setType(
                    TypeProto.newBuilder()
                        .setTensorType(
                            TypeProto.Tensor.newBuilder()
                                .setElemType(tensor.getDataType())
                                .setShape(shape))));
      }
    }
    return model.withProto(model.proto().toBuilder().setGraph(small).build());
  }

  /** Only tensors have a shape; of others only the type is asked for. */
  private static void requireTensors(GraphIndex index, ImmutableSet<String> values, Path file) {
    OnnxModel model = Subgraph.computing(index, values.asList());
    try (StagedModel staged = StagedModel.edited(index.model(), model, file);
        InferenceSession session =
            InferenceSession.open(
                staged.path(),
                SessionOptions.SINGLE_THREADED.withOptimized(false),
                new InferenceSession.Subject(
                    index.model().source(), "finding the types of values between shards"))) {
      for (Map.Entry<String, String> other : session.unsupportedOutputs().entrySet()) {
        throw refused(index, other.getKey(), other.getValue());
      }
    }
  }

  private static UnsupportedInputException refused(GraphIndex index, String value, String type) {
    return new UnsupportedInputException(
        "%s: the value '%s' passes from one shard to another and is %s"
            .formatted(index.model().source(), value, type),
        "Only tensors of numbers and booleans can pass between shards.");
  }

  private static ImmutableMap<String, Value> describe(
      GraphIndex index, ImmutableSet<String> values, OnnxModel model, Path file) {
    try (StagedModel staged = StagedModel.edited(index.model(), model, file);
        InferenceSession session =
            InferenceSession.open(
                staged.path(),
                SessionOptions.SINGLE_THREADED.withOptimized(false),
                new InferenceSession.Subject(
                    index.model().source(), "finding the types of values between shards"))) {
      Map<String, TensorDescription> seen = new HashMap<>();
      session.outputs().forEach(output -> seen.put(output.name(), output));
      ImmutableMap.Builder<String, Value> types = ImmutableMap.builder();
      for (String value : values) {
        TensorDescription description = seen.get(value);
        TensorDescription rank = seen.get(value + RANK);
        if (description == null || rank == null) {
          throw refused(
              index, value, session.unsupportedOutputs().getOrDefault(value, "no tensor"));
        }
        boolean known = rank.rank() == 1 && rank.shape().get(0) == description.rank();
        types.put(value, known ? named(description) : unknown(description));
      }
      return types.buildOrThrow();
    }
  }

  private static Value named(TensorDescription description) {
    List<String> names = new ArrayList<>();
    for (String name : description.dimensionNames()) {
      names.add(name.startsWith(NAMELESS) ? "" : name);
    }
    return Value.of(
        new TensorDescription(
            description.name(),
            description.type(),
            description.shape(),
            ImmutableList.copyOf(names)));
  }

  private static Value unknown(TensorDescription description) {
    return new Value(description.name(), description.type(), null, ImmutableList.of());
  }

  /** The value as a model declares an input or an output. */
  static ValueInfoProto declaration(Value value) {
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(value.type().onnxNumber());
    ImmutableLongArray sizes = value.shape();
    if (sizes != null) {
      TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
      for (int axis = 0; axis < sizes.length(); axis++) {
        TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
        String name = value.dimensionNames().get(axis);
        if (sizes.get(axis) >= 0) {
          dimension.setDimValue(sizes.get(axis));
        } else if (!name.isEmpty()) {
          dimension.setDimParam(name);
        }
        shape.addDim(dimension);
      }
      tensor.setShape(shape);
    }
    return ValueInfoProto.newBuilder()
        .setName(value.name())
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
