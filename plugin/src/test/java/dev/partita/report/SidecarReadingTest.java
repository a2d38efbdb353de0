package dev.partita.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UnsupportedInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SidecarReadingTest {

  @TempDir Path folder;

  @Test
  void figuresReadAsTheyStandOnTheGraph() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("a.json"),
            """
            {"signature": "netron:attachment",
             "metadata": [{"kind": "node", "target": "a/branch0", "name": "dev.partita.region", "value": "r0"}],
             "metrics": [
               {"kind": "node", "target": "a/branch0", "name": "latency_us", "value": 12.5, "type": "float64"},
               {"kind": "node", "target": "a/branch0", "name": "macs", "value": 9007199254740993},
               {"kind": "model", "target": "", "name": "speedup", "value": 13.9}]}
            """);
    var read = NetronAttachment.read(file);
    assertThat(read.get("a/branch0"))
        .containsEntry("dev.partita.region", "r0")
        .containsEntry("dev.partita.latency_us", "12.5000")
        .containsEntry("dev.partita.macs", "9007199254740993");
    assertThat(read.get("")).containsEntry("dev.partita.speedup", "13.90");
  }

  @Test
  void refusesWhatIsNoJson() throws IOException {
    assertRefused("{", "is not valid JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"signature\": \"other\"}"})
  void refusesWhatIsNoSidecar(String text) throws IOException {
    assertRefused(text, "is not a sidecar, which begins with the signature netron:attachment");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"signature\": \"netron:attachment\", \"metadata\": [{\"name\": \"a\", \"value\": \"b\"}]}",
        "{\"signature\": \"netron:attachment\", \"metrics\": [{\"target\": \"a\", \"name\": \"b\"}]}"
      })
  void refusesEntriesThatAreNotWhole(String text) throws IOException {
    assertRefused(text, "an entry has no target, name or value");
  }

  private void assertRefused(String text, String why) throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), text);
    assertThatThrownBy(() -> NetronAttachment.read(file))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("a.json: " + why);
  }

  @Test
  void refusesAFileThatIsNotThere() {
    assertThatThrownBy(() -> NetronAttachment.read(folder.resolve("none.json")))
        .isInstanceOf(UnsupportedInputException.class);
  }
}
