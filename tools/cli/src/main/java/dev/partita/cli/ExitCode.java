package dev.partita.cli;

/** What the process returns; scripts rely on these. */
final class ExitCode {

  static final int DONE = 0;
  static final int INTERNAL_ERROR = 1;
  static final int USAGE = 2;
  static final int UNSUPPORTED_INPUT = 3;
  static final int GATE_FAILED = 4;
  static final int UNCHANGED = 5;

  private ExitCode() {}
}
