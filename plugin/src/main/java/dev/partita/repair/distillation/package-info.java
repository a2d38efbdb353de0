/** Gradient steps against the outputs of the original. */
@NullMarked
package dev.partita.repair.distillation;

import org.jspecify.annotations.NullMarked;
