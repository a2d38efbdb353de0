@NullMarked
package dev.partita.dense.region;

import org.jspecify.annotations.NullMarked;
