package dev.partita.verify;

import dev.partita.Reported;

/**
 * What a comparison of two models found.
 *
 * @param accuracy what was measured
 */
@Reported("What `verify` measured.")
public record ComparisonReport(Accuracy accuracy) {}
