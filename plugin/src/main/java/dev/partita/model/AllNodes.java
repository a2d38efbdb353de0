package dev.partita.model;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TrainingInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Goes through nodes and those in their bodies, however deep. */
final class AllNodes {

  private AllNodes() {}

  /** Hands over some nodes and what is in their bodies, in no particular order. */
  static void of(List<NodeProto> nodes, Consumer<NodeProto> consumer) {
    List<NodeProto> open = new ArrayList<>(nodes);
    while (!open.isEmpty()) {
      NodeProto node = open.remove(open.size() - 1);
      consumer.accept(node);
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG()) {
          open.addAll(attribute.getG().getNodeList());
        }
        attribute.getGraphsList().forEach(graph -> open.addAll(graph.getNodeList()));
      }
    }
  }

  /** Hands over the nodes of a model's training graphs. */
  static void ofTraining(ModelProto model, Consumer<NodeProto> consumer) {
    for (TrainingInfoProto training : model.getTrainingInfoList()) {
      of(training.getInitialization().getNodeList(), consumer);
      of(training.getAlgorithm().getNodeList(), consumer);
    }
  }
}
