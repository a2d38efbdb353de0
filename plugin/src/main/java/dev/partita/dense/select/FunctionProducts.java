package dev.partita.dense.select;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.SkipReason;
import dev.partita.model.FunctionInliner;
import dev.partita.model.FunctionSelection;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.Operators;
import java.util.List;

/**
 * Accounts for the matrix products in model-local functions: they are left alone, unless the
 * functions are inlined before anything is looked for.
 */
public final class FunctionProducts {

  private final ImmutableList.Builder<Skipped> skipped = ImmutableList.builder();

  private FunctionProducts() {}

  /**
   * The model with the calls of all inlinable functions that contain products replaced by their
   * nodes.
   *
   * @throws dev.partita.UnsupportedInputException if that would make it far too large
   */
  public static FunctionInliner.Inlined inlined(OnnxModel model) {
    return FunctionInliner.inline(model, FunctionProducts::isProduct);
  }

  private static boolean isProduct(String operator) {
    return Operators.named(operator).isProduct();
  }

  public static ImmutableList<Skipped> skipped(OnnxModel model) {
    FunctionProducts products = new FunctionProducts();
    if (model.proto().getFunctionsCount() == 0) {
      return ImmutableList.of();
    }
    FunctionSelection selection = new FunctionSelection(model.proto(), FunctionProducts::isProduct);
    for (FunctionProto function : model.proto().getFunctionsList()) {
      products.add(function.getNodeList(), function.getName(), detail(function, selection));
    }
    return products.skipped.build();
  }

  private static String detail(FunctionProto function, FunctionSelection selection) {
    String place = "It is in the function '" + function.getName() + "'";
    String obstacle = selection.obstacle(function);
    return obstacle == null
        ? place + "; --inline-functions replaces calls by the function's nodes."
        : place + ", which cannot be inlined: " + obstacle + ".";
  }

  private void add(List<NodeProto> nodes, String path, String detail) {
    for (int i = 0; i < nodes.size(); i++) {
      NodeProto node = nodes.get(i);
      String name = node.getName().isEmpty() ? node.getOpType() + "#" + i : node.getName();
      String place = path + "/" + name;
      if (isProduct(node.getOpType())) {
        skipped.add(
            new Skipped(null, place, node.getOpType(), null, SkipReason.IN_FUNCTION, detail));
      }
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG()) {
          add(attribute.getG().getNodeList(), place, detail);
        }
        attribute.getGraphsList().forEach(body -> add(body.getNodeList(), place, detail));
      }
    }
  }
}
