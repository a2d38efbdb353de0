@NullMarked
package dev.partita.verify;

import org.jspecify.annotations.NullMarked;
