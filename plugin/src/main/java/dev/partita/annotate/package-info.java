@NullMarked
package dev.partita.annotate;

import org.jspecify.annotations.NullMarked;
