/** One run: the stages in order, and what becomes of its results. */
@NullMarked
package dev.partita.run;

import org.jspecify.annotations.NullMarked;
