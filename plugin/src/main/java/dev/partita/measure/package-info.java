/** Times of models, shards and machines, taken with a clock: what estimates are held against. */
@NullMarked
package dev.partita.measure;

import org.jspecify.annotations.NullMarked;
