@NullMarked
package dev.partita.dense.select;

import org.jspecify.annotations.NullMarked;
