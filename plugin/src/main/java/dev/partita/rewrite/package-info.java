@NullMarked
package dev.partita.rewrite;

import org.jspecify.annotations.NullMarked;
