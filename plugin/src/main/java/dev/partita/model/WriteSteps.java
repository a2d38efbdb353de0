package dev.partita.model;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Is told of everything that writing asks of the file system, just before it happens, so that a
 * test can make any of it fail.
 */
@FunctionalInterface
interface WriteSteps {

  /** Does nothing. */
  WriteSteps UNHINDERED = (step, file) -> {};

  /** What is about to happen to a file. */
  enum Step {
    CREATE,
    WRITE,
    SYNC,
    MOVE
  }

  /**
   * A step is about to be taken.
   *
   * @throws IOException in its place
   */
  void before(Step step, Path file) throws IOException;
}
