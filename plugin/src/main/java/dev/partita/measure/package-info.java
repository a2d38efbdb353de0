/** Times of models, shards and machines, taken with a clock: what estimates are compared with. */
@NullMarked
package dev.partita.measure;

import org.jspecify.annotations.NullMarked;
