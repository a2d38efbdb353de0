@NullMarked
package dev.partita.optimize;

import org.jspecify.annotations.NullMarked;
