package dev.partita.annotate;

import dev.partita.UnsupportedInputException;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.FunctionOutliner;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.NodeProto;
import dev.partita.rewrite.EmittedNode;
import dev.partita.rewrite.RegionRewrite;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Puts the branches of every region, from what takes their features to what joins them, into a
 * model-local function, which viewers show as one block. The nodes in it keep their figures. A
 * layer that stays whole stays outside.
 */
public final class RegionFolding {

  /** Domain of the functions. */
  public static final String DOMAIN = "dev.partita";

  private RegionFolding() {}

  /**
   * The model with a function for each region of its main graph, called by the region's id.
   *
   * @param rewrites the rewritten nodes; those in a body stay as they are
   * @throws UnsupportedInputException if the model's IR is too old for functions
   */
  public static OnnxModel fold(OnnxModel model, List<RegionRewrite> rewrites) {
    if (model.irVersion() < FunctionOutliner.SINCE_IR) {
      throw UnsupportedInputException.at(
          model.source().toString(),
          null,
          "IR %d does not support functions, so regions cannot be folded"
              .formatted(model.irVersion()),
          "Omit --ir-version keep or --fold.");
    }
    OnnxModel folded = model;
    for (RegionRewrite rewrite : rewrites) {
      if (rewrite.region().graph().isMain()) {
        Set<String> nodes =
            rewrite.emitted().stream().map(EmittedNode::name).collect(Collectors.toSet());
        String id = rewrite.region().id();
        folded = FunctionOutliner.outline(folded, nodes, DOMAIN, id, call(rewrite));
      }
    }
    return folded;
  }

  private static NodeProto call(RegionRewrite rewrite) {
    String layers =
        rewrite.region().cutLayers().stream()
            .map(RegionLayer::layer)
            .map(layer -> "%s (%d to %d)".formatted(layer.name(), layer.in(), layer.out()))
            .collect(Collectors.joining(", "));
    return NodeProto.newBuilder()
        .setName(DOMAIN + "/" + rewrite.region().id())
        .setDocString(
            "Region %s on %d accelerators: %s."
                .formatted(rewrite.region().id(), rewrite.plan().branches(), layers))
        .build();
  }
}
