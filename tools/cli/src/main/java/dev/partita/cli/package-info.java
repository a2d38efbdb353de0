/** The host on the command line: options in, tables and JSON out, nothing that thinks. */
@NullMarked
package dev.partita.cli;

import org.jspecify.annotations.NullMarked;
