/** Hostile inputs: seeded mutations of model files, run the way the command runs them. */
@NullMarked
package dev.partita.fuzz;

import org.jspecify.annotations.NullMarked;
