@NullMarked
package dev.partita.accelerator;

import org.jspecify.annotations.NullMarked;
