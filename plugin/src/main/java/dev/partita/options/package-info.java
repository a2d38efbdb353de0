/**
 * Every option of a run, declared once: its name, its values, its default and its help. The command
 * line, the pass that hosts see, the pages of the reference and the Python package are made from
 * these declarations.
 */
@NullMarked
package dev.partita.options;

import org.jspecify.annotations.NullMarked;
