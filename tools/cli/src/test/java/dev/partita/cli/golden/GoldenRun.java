package dev.partita.cli.golden;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.partita.cli.LibraryEngine;
import dev.partita.cli.Main;
import dev.partita.onnx.ModelProto;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs the commands of a case in a folder and collects the texts that its goldens hold. */
final class GoldenRun {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final GoldenCase golden;
  private final Path folder;
  private final Map<String, String> texts = new TreeMap<>();

  private GoldenRun(GoldenCase golden, Path folder) {
    this.golden = golden;
    this.folder = folder;
  }

  /** The texts by the names of their files. */
  static Map<String, String> of(GoldenCase golden, Path folder) throws IOException {
    golden.files().write(folder);
    GoldenRun run = new GoldenRun(golden, folder);
    for (Step step : golden.steps()) {
      run.run(step);
    }
    return run.texts;
  }

  private void run(Step step) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new LibraryEngine(),
            step.words().stream().map(this::placed).toArray(String[]::new),
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            /* terminal= */ false);
    assertThat(code).as("%s: %s", step.words(), err.toString(UTF_8)).isEqualTo(step.exit());
    String printed = out.toString(UTF_8);
    switch (step.kind()) {
      case JSON -> add(step.name() + ".json", json(printed));
      case TIMES -> add(step.name() + ".json", Kept.withoutNumbers(JSON.readTree(printed)));
      case TEXT -> add(step.name() + ".txt", printed);
      case NOTHING -> {}
    }
    for (String written : step.written()) {
      describe(step.name() + "-" + written, folder.resolve(written));
    }
  }

  private String placed(String word) {
    return word.startsWith("@") ? folder.resolve(word.substring(1)).toString() : word;
  }

  private void add(String file, String text) {
    String before = texts.put(file, text.replace(folder + "/", "@"));
    assertThat(before).as("two texts for %s", file).isNull();
  }

  private String json(String text) throws IOException {
    JsonNode tree = JSON.readTree(text.replace(folder + "/", "@"));
    return Kept.of(tree, golden.calibrated());
  }

  private void describe(String name, Path file) throws IOException {
    if (Files.isDirectory(file)) {
      try (Stream<Path> inside = Files.list(file)) {
        for (Path path : inside.sorted().toList()) {
          describe(name + "-" + path.getFileName(), path);
        }
      }
    } else if (name.endsWith(".onnx")) {
      add(name + ".txt", GraphText.of(ModelProto.parseFrom(Files.readAllBytes(file))));
    } else if (name.endsWith(".npz")) {
      add(name + ".json", Kept.pretty(NpzArrays.read(file).summary()));
    } else if (name.endsWith(".json")) {
      add(name, json(Files.readString(file)));
    } else {
      add(name, Files.readString(file));
    }
  }
}
