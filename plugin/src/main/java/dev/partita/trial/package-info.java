/** Variants of a plan that are repaired, measured, and kept or dropped. */
@NullMarked
package dev.partita.trial;

import org.jspecify.annotations.NullMarked;
