/** Rows of activations, and the sums over them that every repair starts from. */
@NullMarked
package dev.partita.repair.moments;

import org.jspecify.annotations.NullMarked;
