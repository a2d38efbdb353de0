package dev.partita.dense.region;

/**
 * A node that reads what a region makes and does not belong to it.
 *
 * @param node its index in the graph of the region
 * @param reason the code
 * @param detail a sentence
 */
public record LeftOutside(int node, Reason reason, String detail) {

  /** Why a region ends at a node. */
  public enum Reason {
    /** It is a layer that is not cut. */
    LEFT_ALONE,
    /** It combines features, or what it does with them is not known. */
    MIXES_FEATURES,
    /** Another operand, with a number for each feature, is computed outside. */
    OPERAND_OUTSIDE,
    /** What it reads has its features on different axes, or not as many of them. */
    OTHER_FEATURES,
    /** Its result does not have the features side by side on one axis. */
    FEATURES_SPREAD,
    /** The operator set forbids negative axes and the rank of the result is not known. */
    UNKNOWN_RANK,
    /** It also reads a number that is computed from what the region makes. */
    COMES_BACK,
    /** The regions that it would join see the features of one value on different axes. */
    REGIONS_DISAGREE,
    /** The regions that it would join have a path between them that leads through other nodes. */
    NOT_CONVEX,
    /** It has too few inputs for a block on every accelerator, and reads all of them on each. */
    TOO_FEW_INPUTS,
    /** It only moves axes and nothing in the region reads it, so it runs after the branches. */
    MOVES_AXES,
    /** Nothing in the region reads it, and what it reads has to leave the region anyway. */
    ADDS_EXIT
  }
}
