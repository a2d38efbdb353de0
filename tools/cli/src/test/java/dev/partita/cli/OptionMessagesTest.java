package dev.partita.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of options and files that cannot be meant. */
class OptionMessagesTest extends MessagesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          optimize MODEL --no-gate                             | No output was given.
          optimize MODEL -o FOLDER/o --repair best             | must be none or least-squares or distill, but is 'best'
          optimize MODEL -o FOLDER/o                           | No data was given to check the result.
          optimize MODEL -o - --json - --no-gate               | Both the model and the report would go to standard output.
          optimize MODEL --dry-run --no-gate --sidecar         | --sidecar needs an output file, but none was given.
          optimize MODEL -o FOLDER/o --no-gate --json FOLDER/o | The model and the report would go to the same file.
          optimize MODEL -o FOLDER/o --no-gate --report -      | The page of --report cannot go to standard output.
          optimize MODEL -o FOLDER/o --no-gate --report FOLDER/o | The page and another result would go to the same file.
          optimize MODEL -o FOLDER/o --no-gate --min-agreement 0.5 | An accuracy condition was given together with --no-gate.
          optimize MODEL -o FOLDER/o --no-gate --repair distill | Repair needs calibration data.
          optimize MODEL -o FOLDER/o --no-gate --calibration random --strategy lossless --repair distill | A lossless plan needs no repair.
          optimize MODEL -o FOLDER/o --calibration random --bridge-rank -1 | must be at least 0, but is -1
          optimize MODEL -o FOLDER/o --calibration random -p 0 | must be at least 1, but is 0
          optimize MODEL -o FOLDER/o --calibration random --metric sh | --metric was given without --max-metric-drop.
          optimize MODEL -o FOLDER/o --calibration random --metric sh --max-metric-drop 1 --metric-timeout 0s | The value of metric-timeout must be a positive duration such as 90s, 30m or 2h.
          optimize MODEL -o FOLDER/o --calibration random --metric sh --max-metric-drop 1 --metric-name a/b | The name of the metric is "a/b".
          optimize MODEL -o FOLDER/o --calibration random --metric sh'x --max-metric-drop 1 | cannot be split into words: a quote stays open
          optimize MODEL -o FOLDER/o --calibration random --output logits | The model has no output "logits"
          optimize MODEL -o FOLDER/o --no-gate --fold --shards FOLDER/s | A model with folded regions cannot be split into shards.
          annotate MODEL -o FOLDER/o --sidecar FOLDER/s --target tetris-3d | --sidecar was given together with target options.
          search MODEL --calibration random --strategy lossless | A search does not apply to --strategy lossless.
          masks MODEL                                          | No output was given.
          masks MODEL -o - --json -                            | Both the masks and the report would go to standard output.
          estimate --shape 64                                  | expected two or more widths such as 2048-4096-4096-200, but got '64'
          estimate --shape 64-64 --dim N=2                     | --dim requires a model.
          estimate --shape 64-64 --rows 0                      | The number of rows is 0, but must be at least 1.
          estimate MODEL --shape 64-64                         | Both a model and --shape were given.
          bench MODEL --rounds 0                               | --batch, --threads, --rounds and --runs must be at least 1.
          bench MODEL --shard -1                               | --shard must be at least 0.
          run FOLDER --data random --batch 0                   | --batch and --threads must be at least 1.
          shard MODEL -o ''                                    | No folder was given.
          targets --set clock_mhz=1                            | --set requires the name of a target.
          targets tetris-3d --calibrate                        | --calibrate measures this machine and accepts no target.
          inspect MODEL --json FOLDER/absent/report.json       | There is no folder FOLDER/absent.
          """)
  void ofOptions(String command, String sentence) {
    assertSays(command, ExitCode.USAGE, sentence.replace("FOLDER", folder.toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          optimize MODEL -o FOLDER/o --calibration random --padding-mask mask | The model has no input "mask" that could be a padding mask
          inspect FOLDER           | is a folder, not a model.
          inspect FOLDER/absent    | There is no file
          demo -o MODEL/demo       | : cannot be created
          optimize MODEL -o FOLDER/o --no-gate --calibration random:6000000 | are over the limit of 2 GiB.
          """)
  void ofInputs(String command, String sentence) {
    assertSays(command, ExitCode.UNSUPPORTED_INPUT, sentence);
  }

  @Test
  void ofAFolderThatCannotBeWrittenTo() {
    Path locked = Path.of("/proc/self");
    if (Files.isDirectory(locked)) {
      assertSays(
          "inspect MODEL --json /proc/self/report.json",
          ExitCode.USAGE,
          "The folder /proc/self cannot be written to.");
    }
  }

  @Test
  void ofAProgramThatDoesNotStart() throws IOException {
    Path program = Files.writeString(file("metric"), "#!/no/such/interpreter\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    assertSays(
        "optimize MODEL -o FOLDER/o --calibration random --max-metric-drop 1 --metric "
            + "FOLDER/metric",
        ExitCode.USAGE,
        "cannot be started");
  }
}
