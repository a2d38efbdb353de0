package dev.partita.gradient;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.Names;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The part of a model that losses depend on, with parameters as inputs instead of constants. */
public final class ForwardGraph {

  /** Since then a constant need not be an input as well. */
  private static final int IR_WITH_PLAIN_INITIALIZERS = 4;

  private final GraphIndex index;
  private final Names names;
  private final ImmutableList<Parameter> parameters;
  private final ImmutableList<String> inputs;
  private final ImmutableList<String> ends;

  private ForwardGraph(
      GraphIndex index,
      Names names,
      List<Parameter> parameters,
      List<String> inputs,
      List<String> ends) {
    this.index = index;
    this.names = names;
    this.parameters = ImmutableList.copyOf(parameters);
    this.inputs = ImmutableList.copyOf(inputs);
    this.ends = ImmutableList.copyOf(ends);
  }

  /**
   * Makes parameters inputs.
   *
   * @param model whose main graph holds the parameters
   * @param ends the values that losses read, without graph inputs
   */
  public static ForwardGraph of(GraphIndex model, List<Parameter> parameters, List<String> ends) {
    Names names = new Names(model);
    GraphProto graph = model.model().proto().getGraph();
    Map<String, Parameter> byValue = new LinkedHashMap<>();
    parameters.forEach(parameter -> byValue.put(parameter.value(), parameter));
    GraphProto.Builder wired =
        graph.toBuilder()
            .clearNode()
            .clearInput()
            .clearInitializer()
            .clearOutput()
            .clearValueInfo();
    Emitter emitter = new Emitter(model.model().operatorSet(), names);
    List<String> inputs = new ArrayList<>();
    for (TensorProto tensor : graph.getInitializerList()) {
      Parameter parameter = byValue.get(tensor.getName());
      if (parameter == null) {
        wired.addInitializer(tensor);
      }
    }
    // Nobody overrides a constant here.
    Set<String> defaults =
        graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
    graph.getInputList().stream()
        .filter(input -> !defaults.contains(input.getName()))
        .forEach(wired::addInput);
    for (Parameter parameter : parameters) {
      String input = names.fresh("parameter/" + parameter.value());
      inputs.add(input);
      wired.addInput(declared(input, ElementType.FLOAT, parameter.shape()));
      wire(emitter, parameter, input, model, wired);
    }
    wired.addAllNode(emitter.nodes());
    emitter.constants().forEach(wired::addInitializer);
    model.ancestors(ends).stream()
        .sorted()
        .map(model::node)
        .filter(node -> node.getOutputList().stream().noneMatch(byValue::containsKey))
        .forEach(wired::addNode);
    ends.forEach(end -> wired.addOutput(ValueInfoProto.newBuilder().setName(end)));
    ModelProto.Builder changed = model.model().proto().toBuilder().setGraph(wired);
    changed.setIrVersion(Math.max(changed.getIrVersion(), IR_WITH_PLAIN_INITIALIZERS));
    GraphIndex index = new GraphIndex(model.model().withProto(changed.build()));
    return new ForwardGraph(index, names, parameters, inputs, ends);
  }

  /** From the input, in its own layout, to the value that replaces the constant. */
  private static void wire(
      Emitter emitter,
      Parameter parameter,
      String input,
      GraphIndex model,
      GraphProto.Builder wired) {
    String value = input;
    if (parameter.transposed()) {
      value = emitter.transpose(value, 1, 0);
    }
    value = emitter.reshape(value, parameter.dims().toArray());
    value = emitter.cast(value, parameter.format());
    if (parameter.added()) {
      TensorProto constant = model.constant(parameter.value());
      if (constant == null) {
        throw new IllegalArgumentException(parameter.value() + " is not a constant");
      }
      String kept = emitter.fresh(parameter.value() + "/kept");
      wired.addInitializer(constant.toBuilder().setName(kept));
      emitter.named("Add", List.of(kept, value), parameter.value());
    } else {
      emitter.named("Identity", List.of(value), parameter.value());
    }
  }

  static ValueInfoProto declared(String name, ElementType format, ImmutableLongArray shape) {
    TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
    shape.forEach(dim -> dims.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim)));
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(format.onnxNumber()).setShape(dims)))
        .build();
  }

  /** The inputs that parameters became, in their order. */
  public ImmutableList<String> inputs() {
    return inputs;
  }

  /** The forward pass alone. */
  public GraphIndex index() {
    return index;
  }

  ImmutableList<Parameter> parameters() {
    return parameters;
  }

  ImmutableList<String> ends() {
    return ends;
  }

  Names names() {
    return names;
  }

  /** Every value that depends on a parameter. */
  ImmutableSet<String> moving() {
    Set<String> moving = new HashSet<>(inputs);
    for (int i = 0; i < index.size(); i++) {
      if (index.reads(i).stream().anyMatch(moving::contains)) {
        moving.addAll(index.node(i).getOutputList());
      }
    }
    moving.remove("");
    return ImmutableSet.copyOf(moving);
  }

  /** Every value that a node computes in each run. */
  public ImmutableSet<String> computed() {
    ImmutableSet.Builder<String> computed = ImmutableSet.builder();
    for (int i = 0; i < index.size(); i++) {
      index.node(i).getOutputList().stream()
          .filter(value -> !value.isEmpty() && index.constant(value) == null)
          .forEach(computed::add);
    }
    return computed.build();
  }

  /** The forward pass with other results. */
  public OnnxModel computing(Iterable<String> values) {
    ModelProto proto = index.model().proto();
    GraphProto.Builder graph = proto.getGraph().toBuilder().clearOutput();
    values.forEach(value -> graph.addOutput(ValueInfoProto.newBuilder().setName(value)));
    return index.model().withProto(proto.toBuilder().setGraph(graph).build());
  }
}
