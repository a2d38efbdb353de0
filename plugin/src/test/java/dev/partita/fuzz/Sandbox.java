package dev.partita.fuzz;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folders that a run sees: the model's with its data file, links and a file outside of it, the
 * output's, and the one for temporary files. Tells when anything but the output changed.
 */
final class Sandbox {

  static final String DATA = "weights.bin";
  static final int DATA_BYTES = 1 << 16;

  private final Path root;
  private final Set<String> untouched;
  private final byte[] data = new byte[DATA_BYTES];

  Sandbox(Path root) throws IOException {
    this.root = root;
    for (String folder : new String[] {"model/sub", "out", "temporary"}) {
      Files.createDirectories(root.resolve(folder));
    }
    for (int i = 0; i < DATA_BYTES; i++) {
      // As float32, half precision and integers, all of these are small numbers.
      data[i] = (byte) (i % 4 == 3 ? 0x3c + i % 3 : i * 31 % 60);
    }
    for (String file : new String[] {"model/" + DATA, "model/sub/" + DATA, "outside.bin"}) {
      Files.write(root.resolve(file), data);
    }
    Files.createSymbolicLink(root.resolve("model/link.bin"), root.resolve("outside.bin"));
    Files.createSymbolicLink(root.resolve("model/linked"), root.resolve("model/sub"));
    this.untouched = names();
  }

  Path root() {
    return root;
  }

  Path model() {
    return root.resolve("model/model.onnx");
  }

  Path output() {
    return root.resolve("out/out.onnx");
  }

  Path temporary() {
    return root.resolve("temporary");
  }

  void write(byte[] bytes) throws IOException {
    // A file that an earlier run may still have mapped is not written again.
    Files.deleteIfExists(model());
    Files.write(model(), bytes);
  }

  /** Everything that is there but the model and the output. */
  private Set<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String folder : new String[] {"", "model", "model/sub", "temporary"}) {
      try (Stream<Path> files = Files.list(root.resolve(folder))) {
        files.map(file -> root.relativize(file).toString()).forEach(names::add);
      }
    }
    names.remove("model/model.onnx");
    return names;
  }

  /** What is wrong with the folders after a run; empty where nothing is. */
  String complaint(boolean written) throws IOException {
    Set<String> now = names();
    if (!now.equals(untouched)) {
      now.removeAll(untouched);
      return "outside the output folder: " + now;
    }
    try (Stream<Path> files = Files.list(root.resolve("out"))) {
      Set<String> out = files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
      if (!written) {
        return out.isEmpty() ? "" : "left behind: " + out;
      }
      boolean temporary = out.stream().anyMatch(name -> name.startsWith(".partita"));
      return out.contains("out.onnx") && !temporary ? "" : "in the output folder: " + out;
    }
  }

  /** Whether the files that are only read still hold what they held. */
  boolean dataIsUnchanged() throws IOException {
    for (String file : new String[] {"model/" + DATA, "model/sub/" + DATA, "outside.bin"}) {
      if (!java.util.Arrays.equals(Files.readAllBytes(root.resolve(file)), data)) {
        return false;
      }
    }
    return true;
  }

  /** Empties the output folder. */
  void clear() throws IOException {
    MoreFiles.deleteDirectoryContents(root.resolve("out"), RecursiveDeleteOption.ALLOW_INSECURE);
  }
}
