/**
 * The stages in order: {@code Optimizer}, its options, and the records of its report. Absent is
 * null in every record, never a made-up number.
 */
@NullMarked
package dev.partita.optimize;

import org.jspecify.annotations.NullMarked;
