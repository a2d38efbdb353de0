@NullMarked
package dev.partita.dense.find;

import org.jspecify.annotations.NullMarked;
