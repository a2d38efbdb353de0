/** The repair of the regions of a model, in order. */
@NullMarked
package dev.partita.repair.region;

import org.jspecify.annotations.NullMarked;
