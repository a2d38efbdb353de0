/** Blocks and a shared path of low rank, fitted together. */
@NullMarked
package dev.partita.repair.lowrank;

import org.jspecify.annotations.NullMarked;
