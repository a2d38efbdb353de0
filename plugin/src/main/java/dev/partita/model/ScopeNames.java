package dev.partita.model;

import com.google.common.collect.ImmutableSet;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TrainingInfoProto;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Names of values and nodes: what a node reads, and what a model uses anywhere. */
final class ScopeNames {

  private ScopeNames() {}

  /** Every value that a node reads, those captured by its subgraphs included. */
  static ImmutableSet<String> read(NodeProto node) {
    Set<String> read = new LinkedHashSet<>();
    addReads(node, read);
    return ImmutableSet.copyOf(read);
  }

  private static void addReads(NodeProto node, Set<String> read) {
    for (String value : node.getInputList()) {
      if (!value.isEmpty()) {
        read.add(value);
      }
    }
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        addReads(attribute.getG(), read);
      }
      attribute.getGraphsList().forEach(graph -> addReads(graph, read));
    }
  }

  private static void addReads(GraphProto body, Set<String> read) {
    Set<String> inside = new LinkedHashSet<>();
    body.getNodeList().forEach(node -> addReads(node, inside));
    body.getOutputList().forEach(output -> inside.add(output.getName()));
    // What the body makes itself does not come from outside. A name used before it is made would
    // be captured, but a valid graph never assigns an outer name again.
    inside.removeAll(defined(body));
    read.addAll(inside);
  }

  /** Every value that a graph defines itself: inputs, initializers and outputs of its nodes. */
  static Set<String> defined(GraphProto graph) {
    Set<String> defined = new LinkedHashSet<>();
    graph.getInputList().forEach(input -> defined.add(input.getName()));
    graph.getInitializerList().forEach(tensor -> defined.add(tensor.getName()));
    graph.getSparseInitializerList().forEach(tensor -> defined.add(tensor.getValues().getName()));
    graph.getNodeList().forEach(node -> defined.addAll(node.getOutputList()));
    defined.remove("");
    return defined;
  }

  /** Names that the training part of a model refers to; none of them may vanish. */
  static Set<String> usedInTraining(ModelProto model) {
    Set<String> used = new LinkedHashSet<>();
    for (TrainingInfoProto training : model.getTrainingInfoList()) {
      for (GraphProto graph : List.of(training.getInitialization(), training.getAlgorithm())) {
        graph.getNodeList().forEach(node -> addReads(node, used));
        graph.getOutputList().forEach(output -> used.add(output.getName()));
      }
      training
          .getInitializationBindingList()
          .forEach(binding -> used.addAll(List.of(binding.getKey(), binding.getValue())));
      training
          .getUpdateBindingList()
          .forEach(binding -> used.addAll(List.of(binding.getKey(), binding.getValue())));
    }
    return used;
  }

  /** Every name of a value or node in any graph of a model, training graphs included. */
  static ImmutableSet<String> all(ModelProto model) {
    ImmutableSet.Builder<String> names = ImmutableSet.builder();
    add(model.getGraph(), names);
    for (TrainingInfoProto training : model.getTrainingInfoList()) {
      add(training.getInitialization(), names);
      add(training.getAlgorithm(), names);
    }
    return names.build();
  }

  private static void add(GraphProto graph, ImmutableSet.Builder<String> names) {
    names.addAll(defined(graph));
    graph.getOutputList().forEach(output -> names.add(output.getName()));
    // A type declared for a value that is not there must not come to be that of a new one.
    graph.getValueInfoList().forEach(info -> names.add(info.getName()));
    graph.getQuantizationAnnotationList().forEach(note -> names.add(note.getTensorName()));
    for (NodeProto node : graph.getNodeList()) {
      names.add(node.getName()).addAll(node.getInputList());
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG()) {
          add(attribute.getG(), names);
        }
        attribute.getGraphsList().forEach(body -> add(body, names));
      }
    }
  }
}
