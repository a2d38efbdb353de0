package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import dev.partita.model.GraphIndex;
import dev.partita.model.GraphPath;
import dev.partita.onnx.NodeProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which nodes of a model read the tensors that weights are stored in, in whichever graph. */
public final class WeightReaders {

  private final GraphIndex model;
  private final ListMultimap<Value, Reader> readers =
      MultimapBuilder.linkedHashKeys().arrayListValues().build();

  /** A value, and the graph that defines it: graphs may give one name to several. */
  public record Value(GraphPath graph, String name) {}

  /** A node that reads a value. */
  record Reader(GraphIndex graph, int node) {
    LayerKey key() {
      return new LayerKey(graph.path(), node);
    }
  }

  /**
   * Reads who reads what.
   *
   * @param model index of any graph of the model
   */
  public WeightReaders(GraphIndex model) {
    this.model = model;
    for (GraphIndex graph : model.graphs()) {
      for (int node = 0; node < graph.size(); node++) {
        // What a body reads its own nodes read.
        for (String input : new LinkedHashSet<>(graph.node(node).getInputList())) {
          if (!input.isEmpty()) {
            readers.put(value(graph, input), new Reader(graph, node));
          }
        }
      }
    }
  }

  private static Value value(GraphIndex graph, String name) {
    return new Value(graph.definer(name).path(), name);
  }

  /**
   * A tensor that something else reads than one layer.
   *
   * @param stored the tensor
   * @param layers whose weight is stored in it, at least one
   * @param others what else reads it, whole or decoded: for each a noun, such as {@code Gather
   *     'embed'}
   */
  public record Shared(
      Value stored, ImmutableList<DenseLayer> layers, ImmutableList<String> others) {

    /** Whether all layers read the tensor as the same numbers, transposed or not. */
    public boolean isUniform() {
      DenseLayer first = layers.get(0);
      WeightMatrix weight = first.weight();
      return layers.stream()
          .allMatch(
              layer ->
                  layer.weight().storedRows() == weight.storedRows()
                      && layer.weight().storedColumns() == weight.storedColumns()
                      && layer.weight().granule() == weight.granule()
                      && layer.alpha() == first.alpha()
                      && layer.form().isRepairable() == first.form().isRepairable()
                      && decoding(layer).equals(decoding(first)));
    }

    /** What is done to each element, whichever nodes do it. */
    private static List<List<Object>> decoding(DenseLayer layer) {
      List<List<Object>> steps = new ArrayList<>();
      for (DecodeStep step : layer.weight().source().steps()) {
        if (step instanceof DecodeStep.Linear linear) {
          ConstantSource zero = linear.zeroPoint();
          steps.add(
              List.of(
                  linear.quantizes(),
                  linear.to(),
                  linear.scale().stored(),
                  zero == null ? "" : zero.stored()));
        } else {
          steps.add(List.of(step.to()));
        }
      }
      return steps;
    }

    /** The layers' names. */
    public ImmutableList<String> names() {
      return layers.stream().map(DenseLayer::name).collect(ImmutableList.toImmutableList());
    }
  }

  /** The tensors among those that the weights of some layers are stored in that are shared. */
  public ImmutableList<Shared> shared(Iterable<DenseLayer> layers) {
    ListMultimap<Value, DenseLayer> byTensor =
        MultimapBuilder.linkedHashKeys().arrayListValues().build();
    layers.forEach(layer -> byTensor.put(stored(layer), layer));
    ImmutableList.Builder<Shared> all = ImmutableList.builder();
    for (Value stored : byTensor.keySet()) {
      ImmutableList<DenseLayer> readers = ImmutableList.copyOf(byTensor.get(stored));
      ImmutableList<String> others = others(stored, readers);
      if (readers.size() > 1 || !others.isEmpty()) {
        all.add(new Shared(stored, readers, others));
      }
    }
    return all.build();
  }

  private Value stored(DenseLayer layer) {
    GraphIndex index = model.at(layer.key().graph());
    return value(index, ConstantTrace.root(index, layer.weightName()));
  }

  /** Everything that some node reads. */
  ImmutableSet<Value> values() {
    return ImmutableSet.copyOf(readers.keySet());
  }

  /** The nodes that read a tensor, whole or decoded. */
  ImmutableList<Reader> ends(Value stored) {
    ImmutableList.Builder<Reader> ends = ImmutableList.builder();
    Deque<Value> open = new ArrayDeque<>();
    open.add(stored);
    while (!open.isEmpty()) {
      for (Reader reader : readers.get(open.remove())) {
        NodeProto node = reader.graph().node(reader.node());
        if (ConstantTrace.isStep(node)
            && node.getInputList().stream()
                .allMatch(input -> input.isEmpty() || Weights.isConstant(reader.graph(), input))) {
          open.add(value(reader.graph(), node.getOutput(0)));
        } else {
          ends.add(reader);
        }
      }
    }
    return ends.build();
  }

  private ImmutableList<String> others(Value stored, List<DenseLayer> layers) {
    Map<LayerKey, DenseLayer> byKey = new HashMap<>();
    layers.forEach(layer -> byKey.put(layer.key(), layer));
    Set<String> others = new LinkedHashSet<>();
    Deque<Value> open = new ArrayDeque<>();
    open.add(stored);
    while (!open.isEmpty()) {
      Value value = open.remove();
      if (model.at(value.graph()).isOutput(value.name())) {
        others.add("the output '" + value.name() + "'");
      }
      for (Reader reader : readers.get(value)) {
        NodeProto node = reader.graph().node(reader.node());
        DenseLayer layer = byKey.get(reader.key());
        boolean once = Collections.frequency(node.getInputList(), value.name()) == 1;
        if (once && layer != null && layer.weightName().equals(value.name())) {
          continue;
        }
        if (once && ConstantTrace.isStep(node) && node.getInput(0).equals(value.name())) {
          open.add(value(reader.graph(), node.getOutput(0)));
        } else {
          others.add(node.getOpType() + " '" + reader.graph().nodeName(reader.node()) + "'");
        }
      }
    }
    return ImmutableList.copyOf(others);
  }
}
