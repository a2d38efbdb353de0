@NullMarked
package dev.partita.spi;

import org.jspecify.annotations.NullMarked;
