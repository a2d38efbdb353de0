@NullMarked
package dev.partita.gradient;

import org.jspecify.annotations.NullMarked;
