package dev.partita.run;

import dev.partita.PartitaException;
import dev.partita.report.schema.OptimizationReport;

/** The accuracy condition does not hold, so nothing was written. */
public final class GateFailedException extends PartitaException {

  private static final long serialVersionUID = 1L;

  // Records are not serializable; a deserialized exception has lost its report.
  private final transient OptimizationReport report;

  public GateFailedException(String message, String hint, OptimizationReport report) {
    super(message, hint, null);
    this.report = report;
  }

  /** The whole report of the run, outcome {@code REJECTED}: what failed, by how much. */
  public OptimizationReport report() {
    return report;
  }
}
