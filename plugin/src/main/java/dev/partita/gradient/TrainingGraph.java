package dev.partita.gradient;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A model that computes losses and their gradients.
 *
 * @param model its outputs are the loss and the gradients
 * @param parameters inputs that hold the parameters, float32
 * @param gradients outputs with the gradient of each parameter, float32, in the same order; an
 *     empty name where no loss depends on it
 * @param loss output with the sum of the losses, a float32 scalar
 * @param watched outputs that are values of the forward pass, for those who measure them
 * @param targets input that takes the target of each value that a loss reads
 * @param masks input that takes the mask of each value some of whose rows do not count: float32, 1
 *     where a row counts, of the shape of the value but for a last axis of 1
 * @param frontier values of the forward pass that no parameter changes, as inputs: to be computed
 *     once
 * @param fed graph inputs of the original that are still read
 * @param scale by which the gradients are too large
 */
public record TrainingGraph(
    OnnxModel model,
    ImmutableList<String> parameters,
    ImmutableList<String> gradients,
    String loss,
    ImmutableSet<String> watched,
    ImmutableMap<String, String> targets,
    ImmutableMap<String, String> masks,
    ImmutableSet<String> frontier,
    ImmutableSet<String> fed,
    double scale) {

  /** float16 ends at 6e-8, and means over a batch are smaller. */
  private static final double HALF_SCALE = 1024;

  /**
   * Emits the backward pass.
   *
   * @param forward the forward pass
   * @param losses one or more for each value that it ends in
   * @param observed the types of {@link ForwardGraph#computed} and of graph inputs
   * @param watched values of the losses that are outputs, where they depend on parameters
   * @param closed values that take no gradient from the nodes that read them, although they depend
   *     on parameters
   * @param batched values whose first axis is that of the samples: those that no parameter changes
   *     need not be computed again
   * @throws NotDifferentiableException where a node on the way has no backward pass here
   */
  public static TrainingGraph of(
      ForwardGraph forward,
      List<Loss> losses,
      Map<String, ValueType> observed,
      Set<String> watched,
      Set<String> closed,
      Set<String> batched) {
    GraphIndex index = forward.index();
    Map<String, ValueType> types = withConstants(index, observed);
    Emitter emitter = new Emitter(index.model().operatorSet(), forward.names());
    boolean half =
        losses.stream().anyMatch(l -> types.get(l.value()).format() == ElementType.FLOAT16);
    double scale = half ? HALF_SCALE : 1;
    LossEmitter lossEmitter = new LossEmitter(emitter, scale);
    Differentiation differentiation =
        new Differentiation(index, emitter, types, wanted(forward, types), closed);
    Map<String, String> targets = new LinkedHashMap<>();
    Map<String, String> masks = new LinkedHashMap<>();
    List<String> amounts = new ArrayList<>();
    GraphProto.Builder graph =
        index.model().proto().getGraph().toBuilder()
            .clearNode()
            .clearInput()
            .clearInitializer()
            .clearOutput();
    for (Loss loss : losses) {
      ValueType type = types.get(loss.value());
      String target = targets.get(loss.value());
      if (target == null) {
        target = emitter.fresh("target/" + loss.value());
        targets.put(loss.value(), target);
        graph.addInput(declared(target, type));
      }
      String mask = masks.get(loss.value());
      if (loss.masked() && mask == null) {
        mask = emitter.fresh("mask/" + loss.value());
        masks.put(loss.value(), mask);
        graph.addInput(declared(mask, new ValueType(ElementType.FLOAT, type.dims())));
      }
      LossEmitter.Emitted emitted =
          lossEmitter.emit(loss, target, loss.masked() ? mask : null, type);
      amounts.add(emitted.amount());
      differentiation.add(loss.value(), emitted.gradient());
    }
    String loss = emitter.node("Sum", amounts);
    differentiation.run();
    List<String> gradients =
        forward.inputs().stream()
            .map(
                input -> {
                  String gradient = differentiation.gradient(input);
                  return gradient == null ? "" : gradient;
                })
            .toList();
    Needs needs = Needs.of(forward, batched, losses, emitter.nodes());
    needs.into(graph, index, types);
    graph.addAllNode(emitter.nodes()).addAllInitializer(emitter.constants());
    graph.addOutput(ValueInfoProto.newBuilder().setName(loss));
    ImmutableSet<String> moving = ImmutableSet.copyOf(Sets.intersection(watched, forward.moving()));
    moving.forEach(value -> graph.addOutput(ValueInfoProto.newBuilder().setName(value)));
    gradients.stream()
        .filter(name -> !name.isEmpty())
        .distinct()
        .forEach(name -> graph.addOutput(ValueInfoProto.newBuilder().setName(name)));
    return new TrainingGraph(
        index.model().withProto(index.model().proto().toBuilder().setGraph(graph).build()),
        forward.inputs(),
        ImmutableList.copyOf(gradients),
        loss,
        moving,
        ImmutableMap.copyOf(targets),
        ImmutableMap.copyOf(masks),
        ImmutableSet.copyOf(needs.frontier),
        needs.fed(forward),
        scale);
  }

  /** What depends on a parameter by numbers that have fractions. */
  private static Set<String> wanted(ForwardGraph forward, Map<String, ValueType> types) {
    GraphIndex index = forward.index();
    Set<String> wanted = new HashSet<>(forward.inputs());
    for (int i = 0; i < index.size(); i++) {
      NodeProto node = index.node(i);
      if (index.reads(i).stream().anyMatch(wanted::contains)) {
        for (String output : node.getOutputList()) {
          ValueType type = types.get(output);
          if (type != null && type.format().isFloating()) {
            wanted.add(output);
          }
        }
      }
    }
    return wanted;
  }

  private static Map<String, ValueType> withConstants(
      GraphIndex index, Map<String, ValueType> observed) {
    Map<String, ValueType> types = new HashMap<>(observed);
    for (int i = 0; i < index.size(); i++) {
      for (String value : index.reads(i)) {
        TensorProto constant = types.containsKey(value) ? null : index.constant(value);
        ElementType format =
            constant == null ? null : ElementType.ofNumbers(constant.getDataType());
        if (constant != null && format != null) {
          types.put(
              value,
              new ValueType(
                  format,
                  ImmutableLongArray.copyOf(
                      constant.getDimsList().stream().mapToLong(Long::longValue))));
        }
      }
    }
    return types;
  }

  /** Of unknown shape, since the batch may differ. */
  private static ValueInfoProto declared(String name, ValueType type) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.format().onnxNumber())))
        .build();
  }

  /** What of the forward pass the backward pass needs. */
  private record Needs(
      Set<Integer> nodes, Set<String> inputs, Set<String> initializers, Set<String> frontier) {

    static Needs of(
        ForwardGraph forward, Set<String> batched, List<Loss> losses, List<NodeProto> backward) {
      GraphIndex index = forward.index();
      ImmutableSet<String> moving = forward.moving();
      Set<String> made = new HashSet<>();
      backward.forEach(node -> made.addAll(node.getOutputList()));
      Needs needs =
          new Needs(new TreeSet<>(), new LinkedHashSet<>(), new HashSet<>(), new LinkedHashSet<>());
      Set<String> seen = new HashSet<>();
      Deque<String> open = new ArrayDeque<>();
      losses.forEach(loss -> open.add(loss.value()));
      for (NodeProto node : backward) {
        node.getInputList().stream().filter(value -> !made.contains(value)).forEach(open::add);
      }
      while (!open.isEmpty()) {
        String value = open.remove();
        if (value.isEmpty() || !seen.add(value)) {
          continue;
        }
        needs.take(value, index, moving, batched, open);
      }
      return needs;
    }

    private void take(
        String value,
        GraphIndex index,
        Set<String> moving,
        Set<String> batched,
        Collection<String> open) {
      if (index.isInput(value)) {
        inputs.add(value);
      } else if (index.producer(value).isEmpty()) {
        initializers.add(value);
      } else if (!moving.contains(value)
          && batched.contains(value)
          && index.constant(value) == null) {
        frontier.add(value);
      } else {
        int node = index.producer(value).getAsInt();
        nodes.add(node);
        open.addAll(index.reads(node));
      }
    }

    void into(GraphProto.Builder graph, GraphIndex index, Map<String, ValueType> types) {
      GraphProto original = index.model().proto().getGraph();
      original.getInputList().stream()
          .filter(input -> inputs.contains(input.getName()))
          .forEach(graph::addInput);
      original.getInitializerList().stream()
          .filter(tensor -> initializers.contains(tensor.getName()))
          .forEach(graph::addInitializer);
      for (String value : frontier) {
        ValueType type = types.get(value);
        if (type == null) {
          throw new IllegalStateException("nothing is known of " + value);
        }
        graph.addInput(declared(value, type));
      }
      nodes.forEach(node -> graph.addNode(index.node(node)));
    }

    ImmutableSet<String> fed(ForwardGraph forward) {
      return inputs.stream()
          .filter(input -> !forward.inputs().contains(input))
          .collect(ImmutableSet.toImmutableSet());
    }
  }
}
