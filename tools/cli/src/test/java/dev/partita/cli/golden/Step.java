package dev.partita.cli.golden;

import com.google.common.collect.ImmutableList;

/**
 * One command of a case.
 *
 * @param name what its goldens begin with
 * @param exit the code that it ends with
 * @param kind what its standard output is
 * @param words the command line; {@code @name} is a file in the folder of the case
 * @param written files and folders that it makes, which are described as well
 */
record Step(
    String name, int exit, Kind kind, ImmutableList<String> words, ImmutableList<String> written) {

  /** What a command prints on standard output. */
  enum Kind {
    JSON,
    /** JSON in which every number was measured. */
    TIMES,
    TEXT,
    NOTHING
  }

  boolean calibrated() {
    return words.contains("--calibration");
  }
}
