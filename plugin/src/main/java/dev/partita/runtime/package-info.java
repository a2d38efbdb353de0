/** Running models: sessions, tensors, data sets and captured activations. */
@NullMarked
package dev.partita.runtime;

import org.jspecify.annotations.NullMarked;
