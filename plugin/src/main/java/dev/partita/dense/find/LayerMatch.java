package dev.partita.dense.find;

/** What a form says of a product node: it is a dense layer, or why not. */
public sealed interface LayerMatch {

  /** The node is a dense layer that can be cut. */
  record Matched(DenseLayer layer) implements LayerMatch {}

  /** The node is left alone. */
  record Refused(SkipReason reason, String detail) implements LayerMatch {}
}
