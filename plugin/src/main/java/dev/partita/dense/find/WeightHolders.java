package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.WeightReaders.Reader;
import dev.partita.dense.find.WeightReaders.Value;
import dev.partita.model.Attributes;
import dev.partita.model.Domains;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What holds the weights of a model: dense layers, whether they are cut or not, and everything else
 * by its operator. Constant nodes count like initializers; whole numbers of 32 and 64 bits, which
 * are shapes and indices, do not. A tensor that a dense layer and something else read is the dense
 * layer's.
 */
public final class WeightHolders {

  private static final ImmutableSet<ElementType> INDICES =
      ImmutableSet.of(ElementType.INT32, ElementType.INT64);

  private final GraphIndex model;
  private final WeightReaders readers;
  private final Set<LayerKey> layers = new HashSet<>();
  private final Map<String, Sum> sums = new LinkedHashMap<>();
  private final Sum dense = new Sum();

  /** Weights, and the nodes that hold them. */
  private static final class Sum {
    private final Set<LayerKey> nodes = new HashSet<>();
    private long weights;

    void add(LayerKey node, long more) {
      nodes.add(node);
      weights += more;
    }
  }

  /**
   * Nodes of one kind.
   *
   * @param kind such as {@code Gather} or {@code Conv 1x1}
   * @param nodes how many there are
   * @param weights elements of the tensors that they hold
   */
  public record Held(String kind, int nodes, long weights) {}

  /**
   * All weights of a model.
   *
   * @param dense elements that dense layers hold
   * @param others what the other nodes hold, most first
   */
  public record Shares(long dense, ImmutableList<Held> others) {}

  private WeightHolders(GraphIndex model) {
    this.model = model;
    this.readers = new WeightReaders(model);
    for (GraphIndex graph : model.graphs()) {
      for (Product product : LayerFinder.find(graph, new Ranks(graph))) {
        if (product.match() instanceof Matched matched) {
          matched.layer().nodes().forEach(node -> layers.add(new LayerKey(graph.path(), node)));
        }
      }
    }
  }

  /** The shares of a model's weights. */
  public static Shares of(GraphIndex model) {
    return new WeightHolders(model).shares();
  }

  private Shares shares() {
    for (Value value : readers.values()) {
      TensorProto tensor = model.at(value.graph()).constant(value.name());
      if (tensor != null && isWeight(tensor)) {
        add(value, tensor);
      }
    }
    for (GraphIndex graph : model.graphs()) {
      for (int node = 0; node < graph.size(); node++) {
        long coefficients = coefficients(graph.node(node));
        if (coefficients > 0) {
          sum(graph.operator(node)).add(new LayerKey(graph.path(), node), coefficients);
        }
      }
    }
    return new Shares(
        dense.weights,
        sums.entrySet().stream()
            .map(
                entry ->
                    new Held(
                        entry.getKey(), entry.getValue().nodes.size(), entry.getValue().weights))
            .sorted(
                Comparator.comparingLong((Held held) -> -held.weights()).thenComparing(Held::kind))
            .collect(ImmutableList.toImmutableList()));
  }

  private void add(Value value, TensorProto tensor) {
    List<Reader> ends = readers.ends(value);
    long weights = Tensors.elements(model.model().source().toString(), tensor);
    List<LayerKey> keys = ends.stream().map(Reader::key).toList();
    List<LayerKey> ofLayers = keys.stream().filter(layers::contains).toList();
    if (!ofLayers.isEmpty()) {
      dense.add(ofLayers.get(0), weights);
    } else if (!ends.isEmpty()) {
      sum(kind(ends.get(0).graph().node(ends.get(0).node()), tensor)).add(keys.get(0), weights);
    }
  }

  private Sum sum(String kind) {
    return sums.computeIfAbsent(kind, key -> new Sum());
  }

  private static boolean isWeight(TensorProto tensor) {
    ElementType type = ElementType.ofNumbers(tensor.getDataType());
    boolean text =
        tensor.getDataType() == TensorProto.DataType.STRING_VALUE
            || tensor.getDataType() == TensorProto.DataType.BOOL_VALUE;
    return !text && !(type != null && INDICES.contains(type));
  }

  /** Convolutions by the size of their kernels. */
  private static String kind(NodeProto node, TensorProto weight) {
    String operator = node.getOpType();
    if (!operator.endsWith("Conv") || weight.getDimsCount() < 3) {
      return operator;
    }
    String kernel =
        weight.getDimsList().subList(2, weight.getDimsCount()).stream()
            .map(String::valueOf)
            .collect(Collectors.joining("x"));
    boolean grouped = Attributes.integer(node, "group", 1) > 1;
    return (grouped ? "grouped " : "") + operator + " " + kernel;
  }

  /** The weights that linear models of classical machine learning hold in an attribute. */
  private static long coefficients(NodeProto node) {
    return Domains.isDefault(node.getDomain()) || Domains.isMicrosoft(node.getDomain())
        ? 0
        : node.getAttributeList().stream()
            .filter(attribute -> attribute.getName().equals("coefficients"))
            .mapToLong(AttributeProto::getFloatsCount)
            .sum();
  }
}
