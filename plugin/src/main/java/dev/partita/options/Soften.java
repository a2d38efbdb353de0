package dev.partita.options;

/** What is done about a region with which the gate fails. */
public enum Soften {
  /** Bridges, a shared entry or fewer branches are tried first. */
  AUTO,
  /** It is left whole at once. */
  NONE
}
