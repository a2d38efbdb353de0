/** From regions to plans: what is worth cutting, how large blocks are, who owns which feature. */
@NullMarked
package dev.partita.plan;

import org.jspecify.annotations.NullMarked;
