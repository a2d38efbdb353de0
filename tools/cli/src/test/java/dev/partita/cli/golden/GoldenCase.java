package dev.partita.cli.golden;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import dev.partita.cli.golden.Step.Kind;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Files, and the commands that are run on them one after the other.
 *
 * @param name the folder of its goldens
 * @param files puts what the commands read into a folder
 * @param steps the commands
 */
record GoldenCase(String name, Files files, ImmutableList<Step> steps) {

  /** Writes the files of a case. */
  @FunctionalInterface
  interface Files {
    void write(Path folder) throws IOException;
  }

  static GoldenCase of(String name, Files files) {
    return new GoldenCase(name, files, ImmutableList.of());
  }

  /** Adds a command that prints JSON. */
  GoldenCase json(String step, String command, String... written) {
    return with(step, 0, Kind.JSON, command + " --json -", written);
  }

  /** Adds a command that prints JSON and ends with another code than 0. */
  GoldenCase fails(String step, int exit, String command, String... written) {
    return with(step, exit, Kind.JSON, command + " --json -", written);
  }

  /** Adds a command that prints text. */
  GoldenCase text(String step, String command) {
    return with(step, 0, Kind.TEXT, command);
  }

  /** Adds a command of whose JSON no number is kept. */
  GoldenCase times(String step, String command) {
    return with(step, 0, Kind.TIMES, command + " --json -");
  }

  /** Adds a command of which only the files are kept. */
  GoldenCase quiet(String step, String command, String... written) {
    return with(step, 0, Kind.NOTHING, command, written);
  }

  private GoldenCase with(String step, int exit, Kind kind, String command, String... written) {
    Step added =
        new Step(
            step,
            exit,
            kind,
            ImmutableList.copyOf(Splitter.on(' ').split(command)),
            ImmutableList.copyOf(written));
    return new GoldenCase(
        name, files, ImmutableList.<Step>builder().addAll(steps).add(added).build());
  }

  /** Whether weights come from what was measured, so that their last digits are not kept. */
  boolean calibrated() {
    return steps.stream().anyMatch(Step::calibrated);
  }

  @Override
  public String toString() {
    return name;
  }
}
