package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The built-in targets, and the way to read one from a file. */
public final class Targets {
  private static final ImmutableList<String> NAMES =
      ImmutableList.of(
          "tetris-3d",
          "tetris-2d",
          "eyeriss-norm",
          "eyeriss-65nm",
          "kapla-single",
          "systolic-32x32",
          "tpu-v1-like");

  private Targets() {}

  /** Names of the built-in targets; the first is the default. */
  public static ImmutableList<String> names() {
    return NAMES;
  }

  /**
   * A built-in target.
   *
   * @throws TargetException if there is none of that name; the message suggests the nearest
   */
  public static Target named(String name) {
    if (!NAMES.contains(name)) {
      throw new TargetException(
          "No target is named \"%s\"%s; the bundled targets are %s"
              .formatted(name, Suggestion.among(NAMES, name), String.join(", ", NAMES)));
    }
    String file = name + ".yaml";
    URL resource = Resources.getResource(Targets.class, file);
    try {
      return TargetParser.parse(file, Resources.toString(resource, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A target from a YAML file.
   *
   * @throws TargetException if the file cannot be read, has an unknown, missing or repeated key, or
   *     a value of the wrong type or out of range; the message names file, line and key
   */
  public static Target read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new TargetException("%s: the target file cannot be read: %s".formatted(file, e), e);
    }
    return TargetParser.parse(file.toString(), text);
  }
}
