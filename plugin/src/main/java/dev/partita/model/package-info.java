@NullMarked
package dev.partita.model;

import org.jspecify.annotations.NullMarked;
