package dev.partita.shard;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.UnsupportedInputException;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.runtime.ShardManifest.Value;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is known of the values at the ends of the stages: as declared, else as inferred. */
final class GraphValues {

  private final String file;
  private final Map<String, ValueInfoProto> declared = new LinkedHashMap<>();
  private final ImmutableList<Value> inputs;
  private final ImmutableList<Value> outputs;
  private final ImmutableMap<String, Value> inferred;

  GraphValues(GraphIndex index, StagePlan plan) {
    this.file = index.model().source().toString();
    GraphProto graph = index.model().proto().getGraph();
    // Before ONNX Runtime sees them, which would name a file of ours.
    Set<String> stored = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> stored.add(tensor.getName()));
    graph.getSparseInitializerList().forEach(tensor -> stored.add(tensor.getValues().getName()));
    List<ValueInfoProto> given =
        graph.getInputList().stream().filter(input -> !stored.contains(input.getName())).toList();
    this.inputs = given.stream().map(this::input).collect(ImmutableList.toImmutableList());
    ImmutableSet.Builder<String> unknown = ImmutableSet.<String>builder().addAll(plan.edges());
    for (ValueInfoProto output : graph.getOutputList()) {
      declared.put(output.getName(), output);
      if (declaredValue(output) == null) {
        unknown.add(output.getName());
      }
    }
    this.inferred = ValueTypes.of(index, unknown.build());
    given.forEach(input -> declared.put(input.getName(), input));
    this.outputs =
        graph.getOutputList().stream()
            .map(ValueInfoProto::getName)
            .distinct()
            .map(this::of)
            .collect(ImmutableList.toImmutableList());
  }

  /** The inputs of the graph, without those that have a stored value. */
  ImmutableList<Value> inputs() {
    return inputs;
  }

  /** The outputs of the graph. */
  ImmutableList<Value> outputs() {
    return outputs;
  }

  private Value input(ValueInfoProto input) {
    Value value = declaredValue(input);
    if (value == null) {
      throw new UnsupportedInputException(
          file
              + ": the graph input '"
              + input.getName()
              + "' is not a tensor of numbers or booleans",
          "Only such tensors can be inputs of shards.");
    }
    return value;
  }

  /** A value at the end of a stage. */
  Value of(String name) {
    ValueInfoProto info = declared.get(name);
    Value value = info == null ? null : declaredValue(info);
    if (value == null) {
      value = inferred.get(name);
    }
    if (value == null) {
      throw new IllegalStateException("nothing is known of the value '" + name + "'");
    }
    return value;
  }

  /** How a stage declares it: an input or output of the graph just as the graph does. */
  ValueInfoProto declaration(String name) {
    ValueInfoProto info = declared.get(name);
    return info != null && declaredValue(info) != null ? info : ValueTypes.declaration(of(name));
  }

  private static @Nullable Value declaredValue(ValueInfoProto info) {
    if (!info.getType().hasTensorType()) {
      return null;
    }
    TypeProto.Tensor tensor = info.getType().getTensorType();
    ElementType type = ElementType.of(tensor.getElemType());
    if (type == null) {
      return null;
    }
    if (!tensor.hasShape()) {
      return new Value(info.getName(), type, null, ImmutableList.of());
    }
    ImmutableLongArray.Builder sizes = ImmutableLongArray.builder();
    ImmutableList.Builder<String> names = ImmutableList.builder();
    for (TensorShapeProto.Dimension dimension : tensor.getShape().getDimList()) {
      sizes.add(dimension.hasDimValue() ? Math.max(-1, dimension.getDimValue()) : -1);
      names.add(dimension.getDimParam());
    }
    return new Value(info.getName(), type, sizes.build(), names.build());
  }
}
