package dev.partita.model;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.SparseTensorProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TrainingInfoProto;
import java.util.function.UnaryOperator;

/**
 * Applies a function to every tensor of a model, wherever a model may hold one: initializers,
 * attributes, subgraphs, functions and training graphs. A message in which nothing changes is kept
 * as the same object.
 */
// A message in which nothing changed is told by its identity: comparing values would read weights.
@SuppressWarnings("ReferenceEquality")
final class TensorRewriter {

  private final UnaryOperator<TensorProto> change;

  TensorRewriter(UnaryOperator<TensorProto> change) {
    this.change = change;
  }

  ModelProto rewrite(ModelProto model) {
    ModelProto.Builder changed = model.toBuilder();
    changed.setGraph(graph(model.getGraph()));
    for (int i = 0; i < model.getFunctionsCount(); i++) {
      FunctionProto.Builder function = model.getFunctions(i).toBuilder();
      for (int j = 0; j < function.getNodeCount(); j++) {
        function.setNode(j, node(function.getNode(j)));
      }
      changed.setFunctions(i, function);
    }
    for (int i = 0; i < model.getTrainingInfoCount(); i++) {
      TrainingInfoProto.Builder training = model.getTrainingInfo(i).toBuilder();
      if (training.hasInitialization()) {
        training.setInitialization(graph(training.getInitialization()));
      }
      if (training.hasAlgorithm()) {
        training.setAlgorithm(graph(training.getAlgorithm()));
      }
      changed.setTrainingInfo(i, training);
    }
    return changed.build();
  }

  private GraphProto graph(GraphProto graph) {
    GraphProto.Builder changed = null;
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      TensorProto before = graph.getInitializer(i);
      TensorProto after = change.apply(before);
      if (after != before) {
        changed = changed == null ? graph.toBuilder() : changed;
        changed.setInitializer(i, after);
      }
    }
    for (int i = 0; i < graph.getSparseInitializerCount(); i++) {
      SparseTensorProto before = graph.getSparseInitializer(i);
      SparseTensorProto after = sparse(before);
      if (after != before) {
        changed = changed == null ? graph.toBuilder() : changed;
        changed.setSparseInitializer(i, after);
      }
    }
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto before = graph.getNode(i);
      NodeProto after = node(before);
      if (after != before) {
        changed = changed == null ? graph.toBuilder() : changed;
        changed.setNode(i, after);
      }
    }
    return changed == null ? graph : changed.build();
  }

  private NodeProto node(NodeProto node) {
    NodeProto.Builder changed = null;
    for (int i = 0; i < node.getAttributeCount(); i++) {
      AttributeProto before = node.getAttribute(i);
      AttributeProto after = attribute(before);
      if (after != before) {
        changed = changed == null ? node.toBuilder() : changed;
        changed.setAttribute(i, after);
      }
    }
    return changed == null ? node : changed.build();
  }

  private AttributeProto attribute(AttributeProto attribute) {
    AttributeProto.Builder changed = attribute.toBuilder();
    boolean differs = false;
    if (attribute.hasT()) {
      changed.setT(change.apply(attribute.getT()));
      differs |= changed.getT() != attribute.getT();
    }
    if (attribute.hasG()) {
      changed.setG(graph(attribute.getG()));
      differs |= changed.getG() != attribute.getG();
    }
    if (attribute.hasSparseTensor()) {
      changed.setSparseTensor(sparse(attribute.getSparseTensor()));
      differs |= changed.getSparseTensor() != attribute.getSparseTensor();
    }
    for (int i = 0; i < attribute.getTensorsCount(); i++) {
      changed.setTensors(i, change.apply(attribute.getTensors(i)));
      differs |= changed.getTensors(i) != attribute.getTensors(i);
    }
    for (int i = 0; i < attribute.getGraphsCount(); i++) {
      changed.setGraphs(i, graph(attribute.getGraphs(i)));
      differs |= changed.getGraphs(i) != attribute.getGraphs(i);
    }
    for (int i = 0; i < attribute.getSparseTensorsCount(); i++) {
      changed.setSparseTensors(i, sparse(attribute.getSparseTensors(i)));
      differs |= changed.getSparseTensors(i) != attribute.getSparseTensors(i);
    }
    return differs ? changed.build() : attribute;
  }

  private SparseTensorProto sparse(SparseTensorProto sparse) {
    TensorProto values = change.apply(sparse.getValues());
    TensorProto indices = change.apply(sparse.getIndices());
    return values == sparse.getValues() && indices == sparse.getIndices()
        ? sparse
        : sparse.toBuilder().setValues(values).setIndices(indices).build();
  }
}
