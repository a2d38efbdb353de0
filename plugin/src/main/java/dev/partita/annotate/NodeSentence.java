package dev.partita.annotate;

import dev.partita.rewrite.EmittedNode;

/** What a node that was written says of itself, for the sidebar of a viewer. */
final class NodeSentence {

  private NodeSentence() {}

  static String of(EmittedNode node, String region, int branches) {
    String place =
        node.branch() < 0 ? "" : " (region " + region + ", accelerator " + node.branch() + ")";
    String origin = "'" + node.origin() + "'";
    return switch (node.role()) {
      case ENTRY -> "Takes the inputs of " + origin + " that this branch reads" + place + ".";
      case PRODUCT ->
          node.branch() < 0
              ? "All of layer %s, behind the branches of region %s.".formatted(origin, region)
              : "Block of layer %s, %d inputs by %d outputs%s."
                  .formatted(origin, node.in(), node.out(), place);
      case FEATURE_WISE -> "Does for its branch what " + origin + " did" + place + ".";
      case CONSTANT -> "Makes a constant for " + origin + place + ".";
      case CONCAT -> "Joins the %d branches of region %s.".formatted(branches, region);
      case RESTORE -> "Puts the features of region " + region + " back into their order.";
    };
  }
}
