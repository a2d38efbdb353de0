/** The threads of a run. */
@NullMarked
package dev.partita.workers;

import org.jspecify.annotations.NullMarked;
