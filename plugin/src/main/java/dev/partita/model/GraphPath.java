package dev.partita.model;

import com.google.common.collect.ImmutableList;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import java.util.List;

/**
 * The place of a graph in a model: the way from the main graph through the nodes (If, Loop, Scan)
 * whose attributes hold it.
 *
 * @param steps from the outermost on; none for the main graph
 */
public record GraphPath(ImmutableList<Step> steps) {

  /** The main graph. */
  public static final GraphPath MAIN = new GraphPath(ImmutableList.of());

  /** The place in {@code graphs} of an attribute that holds a single graph instead. */
  public static final int SINGLE = -1;

  /**
   * One graph further in.
   *
   * @param node index of the node in the graph that holds it
   * @param attribute name of the attribute
   * @param index place in the attribute's list of graphs; {@link #SINGLE} for the one graph
   */
  public record Step(int node, String attribute, int index) {}

  /** Whether this is the main graph. */
  public boolean isMain() {
    return steps.isEmpty();
  }

  /** How many nodes enclose the graph. */
  public int depth() {
    return steps.size();
  }

  /**
   * The enclosing graph.
   *
   * @throws IllegalStateException of the main graph
   */
  public GraphPath parent() {
    if (isMain()) {
      throw new IllegalStateException("nothing encloses the main graph");
    }
    return new GraphPath(steps.subList(0, steps.size() - 1));
  }

  /** The step from the enclosing graph to this one. */
  Step last() {
    return steps.get(steps.size() - 1);
  }

  /** A graph that a node of this one holds. */
  public GraphPath child(Step step) {
    return new GraphPath(ImmutableList.<Step>builder().addAll(steps).add(step).build());
  }

  /**
   * Every graph of a model, each before those that it holds, bodies in the order of their nodes.
   */
  public static ImmutableList<GraphPath> all(ModelProto model) {
    ImmutableList.Builder<GraphPath> paths = ImmutableList.builder();
    add(MAIN, model.getGraph(), paths);
    return paths.build();
  }

  private static void add(
      GraphPath path, GraphProto graph, ImmutableList.Builder<GraphPath> paths) {
    paths.add(path);
    for (int i = 0; i < graph.getNodeCount(); i++) {
      for (AttributeProto attribute : graph.getNode(i).getAttributeList()) {
        if (attribute.hasG()) {
          add(path.child(new Step(i, attribute.getName(), SINGLE)), attribute.getG(), paths);
        }
        for (int j = 0; j < attribute.getGraphsCount(); j++) {
          add(path.child(new Step(i, attribute.getName(), j)), attribute.getGraphs(j), paths);
        }
      }
    }
  }

  /**
   * The graph at this place.
   *
   * @throws IllegalArgumentException if the model has none there
   */
  public GraphProto in(ModelProto model) {
    GraphProto graph = model.getGraph();
    for (Step step : steps) {
      NodeProto node = graph.getNode(step.node());
      AttributeProto attribute = node.getAttribute(attribute(node, step));
      graph = step.index() == SINGLE ? attribute.getG() : attribute.getGraphs(step.index());
    }
    return graph;
  }

  /** The model with another graph at this place; everything off the way to it stays. */
  ModelProto replace(ModelProto model, GraphProto graph) {
    return model.toBuilder().setGraph(replace(model.getGraph(), steps, graph)).build();
  }

  private static GraphProto replace(GraphProto outer, List<Step> steps, GraphProto graph) {
    if (steps.isEmpty()) {
      return graph;
    }
    Step step = steps.get(0);
    List<Step> rest = steps.subList(1, steps.size());
    NodeProto node = outer.getNode(step.node());
    int position = attribute(node, step);
    AttributeProto.Builder attribute = node.getAttribute(position).toBuilder();
    if (step.index() == SINGLE) {
      attribute.setG(replace(attribute.getG(), rest, graph));
    } else {
      attribute.setGraphs(step.index(), replace(attribute.getGraphs(step.index()), rest, graph));
    }
    return outer.toBuilder()
        .setNode(step.node(), node.toBuilder().setAttribute(position, attribute))
        .build();
  }

  private static int attribute(NodeProto node, Step step) {
    for (int i = 0; i < node.getAttributeCount(); i++) {
      if (node.getAttribute(i).getName().equals(step.attribute())) {
        return i;
      }
    }
    throw new IllegalArgumentException("no graph at " + step);
  }
}
