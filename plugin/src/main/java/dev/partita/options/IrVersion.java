package dev.partita.options;

/** What happens to the IR version of an older model. */
public enum IrVersion {
  /** Raised to IR 10 where it is older, because node metadata begins there. */
  AUTO,
  KEEP
}
