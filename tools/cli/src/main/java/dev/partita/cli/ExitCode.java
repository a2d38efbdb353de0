package dev.partita.cli;

/** What the process returns; scripts rely on these. */
final class ExitCode {

  static final int DONE = 0;
  static final int INTERNAL_ERROR = 1;
  static final int USAGE = 2;
  static final int UNSUPPORTED_INPUT = 3;
  static final int GATE_FAILED = 4;
  static final int UNCHANGED = 5;

  /** As the shell reports a command that SIGPIPE ended. */
  static final int READER_GONE = 141;

  private ExitCode() {}
}
