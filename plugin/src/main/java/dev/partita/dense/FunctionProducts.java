package dev.partita.dense;

import com.google.common.collect.ImmutableList;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.OperatorFacts;
import java.util.List;

/** Accounts for the matrix products in model-local functions, all of which are left alone. */
final class FunctionProducts {

  private final ImmutableList.Builder<Skipped> skipped = ImmutableList.builder();

  private FunctionProducts() {}

  static ImmutableList<Skipped> skipped(OnnxModel model) {
    FunctionProducts products = new FunctionProducts();
    for (FunctionProto function : model.proto().getFunctionsList()) {
      products.add(function.getNodeList(), function.getName(), function.getName());
    }
    return products.skipped.build();
  }

  private void add(List<NodeProto> nodes, String path, String function) {
    for (int i = 0; i < nodes.size(); i++) {
      NodeProto node = nodes.get(i);
      String name = node.getName().isEmpty() ? node.getOpType() + "#" + i : node.getName();
      String place = path + "/" + name;
      if (OperatorFacts.isProduct(node.getOpType())) {
        skipped.add(
            new Skipped(
                place,
                node.getOpType(),
                SkipReason.IN_FUNCTION,
                "It stands in the function '" + function + "'."));
      }
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG()) {
          add(attribute.getG().getNodeList(), place, function);
        }
        attribute.getGraphsList().forEach(body -> add(body.getNodeList(), place, function));
      }
    }
  }
}
