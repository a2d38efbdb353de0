package dev.partita.spi;

/**
 * Hears how far a run is. Calls come from the thread that runs, one at a time, and never influence
 * the result.
 */
public interface ProgressListener {

  /** Hears nothing. */
  ProgressListener NONE = new ProgressListener() {};

  /**
   * A stage begins.
   *
   * @param stage its name, as in {@code run.stages} of the report
   */
  default void stageStarted(String stage) {}

  /**
   * Part of the current stage is done.
   *
   * @param stage its name
   * @param done share of the stage's work that is done, 0 to 1, never falling within a stage
   */
  default void progress(String stage, double done) {}

  /**
   * A stage has ended.
   *
   * @param stage its name
   */
  default void stageFinished(String stage) {}

  /**
   * Something the user should know although the run continues; the report contains it too.
   *
   * @param message one sentence
   */
  default void warning(String message) {}

  /**
   * Something that the user may like to know at once. The report does not contain it, since it may
   * name times.
   *
   * @param message one sentence
   */
  default void note(String message) {}
}
