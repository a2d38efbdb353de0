package dev.partita.dense.find;

/** Why a matrix product is left alone. The names are part of the report's contract. */
public enum SkipReason {
  /** Both operands are computed at run time. */
  DYNAMIC_WEIGHT,
  /** The weight is computed from constants by other nodes. */
  COMPUTED_WEIGHT,
  /** The weight is an initializer that a caller may replace at run time. */
  OVERRIDABLE_WEIGHT,
  /** The bias is computed at run time. */
  DYNAMIC_BIAS,
  /** The weight's element type is not one that can be cut. */
  UNSUPPORTED_TYPE,
  /** The weight is stored as a sparse tensor. */
  SPARSE_WEIGHT,
  /** The weight has a scale for each block of numbers. */
  BLOCKED_WEIGHT,
  /** The product is written in a way that is not known here. */
  UNSUPPORTED_FORM,
  /** Both operands are constant: there is nothing to run. */
  CONSTANT_PRODUCT,
  /** A space is smaller than the number of accelerators times the smallest block. */
  TOO_SMALL,
  /** The layer makes a graph output, nothing in front of it was cut, and it was not included. */
  CLOSING_LAYER,
  /** An exclude pattern matches. */
  EXCLUDED,
  /** There are include patterns, and none matches. */
  NOT_INCLUDED,
  /** Asked to lose nothing, and its non-zero weights do not fall into a block for each branch. */
  NOT_SEPARABLE,
  /** Asked for masks: the weight is stored quantized and cannot be trained. */
  QUANTIZED_WEIGHT,
  /**
   * Something that is not cut reads the weight as well. Asked for masks: other nodes read it, and a
   * mask would be for all of them.
   */
  TIED_WEIGHT,
  /** Its region is estimated to be no faster cut than whole on one accelerator. */
  NO_GAIN,
  /** The product is in the body of an If, Loop or Scan. No longer given: bodies are searched. */
  IN_SUBGRAPH,
  /** The product is in a model-local function. */
  IN_FUNCTION,
  /** The operator set forbids negative axes and the rank of the activation is not known. */
  UNKNOWN_RANK,
  /** An earlier run made this node. */
  ALREADY_PARTITIONED
}
