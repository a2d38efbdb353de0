/** Dense layers and plans as the cost model sees them. */
@NullMarked
package dev.partita.estimate;

import org.jspecify.annotations.NullMarked;
