package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of target files, and of changes to a target. */
class TargetMessagesTest extends MessagesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          clock_mhz: 500 | clock_mhz: [          | this is not YAML:
          clock_mhz: 500 | # nothing             | line 1: the key "clock_mhz" is missing; it must be
          clock_mhz: 500 | clock_mhz: fast       | line 3: the key "clock_mhz" is fast; it must be
          clock_mhz: 500 | clock: 500            | line 3: the key "clock" is unknown
          clock_mhz: 500 | word_bits: 8          | the key "word_bits" occurs twice; remove one
          clock_mhz: 500 | [a]: 500              | a key must be a plain name
          array: {       | array: [{             | this is not YAML:
          link: {bytes_per_cycle: 16, latency_cycles: 10, hops: 1} | link: 16 | the key "link" must be a map of keys to values
          clock_mhz: "assumed: 500 MHz" | clock_mhz: 7 | the key "sources.clock_mhz" must be text in quotes
          accelerators: 4 | accelerators: [{}, {name: "a"}] | the key "name" applies to all accelerators together; it is not allowed in the list of accelerators
          """)
  void ofFiles(String before, String after, String sentence) throws IOException {
    String text = new LibraryEngine().targetYaml("tetris-3d", ImmutableMap.of());
    assertThat(text).contains(before);
    Files.writeString(file("target.yaml"), text.replace(before, after));
    assertSays("targets FOLDER/target.yaml", ExitCode.USAGE, sentence);
  }

  @Test
  void ofAnEmptyFile() throws IOException {
    Files.createFile(file("target.yaml"));
    assertSays(
        "targets FOLDER/target.yaml",
        ExitCode.USAGE,
        "line 1: the target file is empty; the key \"name\" is missing");
  }

  @Test
  void ofANumberForUnequalAccelerators() throws IOException {
    String text = new LibraryEngine().targetYaml("tetris-3d", ImmutableMap.of());
    Files.writeString(
        file("target.yaml"), text.replace("accelerators: 4", "accelerators: [{}, {clock_mhz: 9}]"));
    assertSays(
        "inspect MODEL --target FOLDER/target.yaml -p 4",
        ExitCode.USAGE,
        "the target lists 2 unequal accelerators, so their number cannot be set to 4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          targets tetris-4d                          | No target is named "tetris-4d"; did you mean "tetris-3d"?; the bundled targets are
          targets FOLDER/absent.yaml                 | the target file cannot be read:
          targets tetris-3d --set clock=1            | the key "clock" to set is unknown
          targets tetris-3d --set clock_mhz=fast     | the key "clock_mhz" cannot be set to "fast"; it must be
          targets tetris-3d --set buffer.bytes=1     | the key "buffer.bytes" is 1, too small for one word each of input, weight and
          targets tetris-3d --set register_file_bytes=1 | the key "register_file_bytes" is 1, too small for one word each of input, weight
          """)
  void ofChanges(String command, String sentence) {
    assertSays(command, ExitCode.USAGE, sentence.strip());
  }
}
