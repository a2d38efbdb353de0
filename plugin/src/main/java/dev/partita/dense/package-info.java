@NullMarked
package dev.partita.dense;

import org.jspecify.annotations.NullMarked;
