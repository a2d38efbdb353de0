@NullMarked
package dev.partita.repair;

import org.jspecify.annotations.NullMarked;
