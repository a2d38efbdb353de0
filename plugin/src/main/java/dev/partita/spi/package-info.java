/**
 * What a host sees of a pass over models: its parameters, described so that a host can offer them,
 * and how it is run. Passes are found through {@link java.util.ServiceLoader}.
 */
@NullMarked
package dev.partita.spi;

import org.jspecify.annotations.NullMarked;
