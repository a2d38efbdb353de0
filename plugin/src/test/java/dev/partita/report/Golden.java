package dev.partita.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Holds a text against a file beside the tests. A text that differs is left under {@code
 * target/golden}, to be read and, where it is right, copied over the old one.
 */
final class Golden {

  private Golden() {}

  static void assertGolden(String name, String text) throws IOException {
    String expected;
    try (InputStream resource = Golden.class.getResourceAsStream(name)) {
      expected =
          resource == null ? "" : new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    }
    if (!expected.equals(text)) {
      Path actual = Files.createDirectories(Path.of("target", "golden")).resolve(name);
      Files.writeString(actual, text);
    }
    assertThat(text).isEqualTo(expected);
  }
}
