/** What the commands print and write for about 50 models, compared with files that are kept. */
@NullMarked
package dev.partita.cli.golden;

import org.jspecify.annotations.NullMarked;
