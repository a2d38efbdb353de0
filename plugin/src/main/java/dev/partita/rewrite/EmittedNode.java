package dev.partita.rewrite;

import dev.partita.dense.find.DenseLayer;
import org.jspecify.annotations.Nullable;

/**
 * What the rewriter knows of a node that it emitted.
 *
 * @param name the node, by which it is the only one in the model
 * @param branch the branch it belongs to; -1 for what is computed once
 * @param origin what a person calls the node of the original that it comes from
 * @param layer of a product the layer whose rows it has; else null
 * @param role what it is for
 * @param in input features of a product, else 0
 * @param out output features of a product, else the features it hands on
 */
public record EmittedNode(
    String name,
    int branch,
    String origin,
    @Nullable DenseLayer layer,
    Role role,
    int in,
    int out) {

  /** What an emitted node is for. */
  public enum Role {
    /** Takes a branch's features of an entry value. */
    ENTRY,
    /** The product of a dense layer. */
    PRODUCT,
    /** A bias or a feature-wise node. */
    FEATURE_WISE,
    /** Makes a constant of a stored tensor. */
    CONSTANT,
    /** Joins the branches. */
    CONCAT,
    /** Puts joined features back into their order. */
    RESTORE
  }
}
