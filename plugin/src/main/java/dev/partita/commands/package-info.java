/** What the commands do, each the entry of one. */
@NullMarked
package dev.partita.commands;

import org.jspecify.annotations.NullMarked;
