/** Backward passes: a graph that computes a value, turned into one that computes its gradients. */
@NullMarked
package dev.partita.gradient;

import org.jspecify.annotations.NullMarked;
