/** What the commands print and write for about thirty models, held against files. */
@NullMarked
package dev.partita.cli.golden;

import org.jspecify.annotations.NullMarked;
