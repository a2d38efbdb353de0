/**
 * The records of the reports: their components are the keys of the JSON, and other languages are
 * generated from them. Absent is null in every record, never a made-up number.
 */
@NullMarked
package dev.partita.report.schema;

import org.jspecify.annotations.NullMarked;
