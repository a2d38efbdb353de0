/** What a run has found, for people (console) and programs (JSON). */
@NullMarked
package dev.partita.report;

import org.jspecify.annotations.NullMarked;
