/**
 * What every room may use: the exceptions that leave the library. This package imports nothing of
 * the others, so each of them may import it.
 */
@NullMarked
package dev.partita;

import org.jspecify.annotations.NullMarked;
