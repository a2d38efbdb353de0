package dev.partita.cli;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * The archive of loaded classes (class data sharing) that lets a command start in half the time. A
 * launcher that finds none for its jar and its Java names the file that it looked for in {@value
 * #PROPERTY}; the first command that ends well then makes it, in a process of its own. Where that
 * fails an empty file says so, and nobody tries again. Nothing here ever fails a command.
 */
final class ClassArchive {

  static final String PROPERTY = "partita.archive";

  private static final String PREFIX = "classes-";
  private static final String SUFFIX = ".jsa";
  private static final Duration LONGEST = Duration.ofMinutes(3);
  // Archives of jars and Javas that are gone; one that is still needed is made again.
  private static final Duration KEPT = Duration.ofDays(60);

  private ClassArchive() {}

  /** Makes the archive where the launcher asked for one. */
  static void makeIfAsked() {
    String asked = System.getProperty(PROPERTY);
    if (asked == null) {
      return;
    }
    try {
      Path archive = Path.of(asked).toAbsolutePath();
      Files.createDirectories(archive.getParent());
      make(archive);
      removeOld(archive.getParent());
    } catch (IOException noRoom) {
      // A cache that cannot be written to costs time, and nothing else.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Written to a temporary file and moved, because two commands may make it at once. */
  static void make(Path archive) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(archive.getParent(), "." + PREFIX);
    try {
      Path dumped = folder.resolve("dumped" + SUFFIX);
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:ArchiveClassesAtExit=" + dumped,
                  "-Djava.io.tmpdir=" + folder,
                  "-cp",
                  System.getProperty("java.class.path"),
                  ClassArchiveTraining.class.getName())
              .redirectInput(Redirect.from(nullDevice()))
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start();
      // An interrupt ends both, and not this process alone.
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      try {
        if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)
            || process.exitValue() != ExitCode.DONE
            || !Files.exists(dumped)) {
          Files.deleteIfExists(dumped);
          Files.createFile(dumped);
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
      Files.move(dumped, archive, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private static void removeOld(Path folder) throws IOException {
    FileTime oldest = FileTime.from(Instant.now().minus(KEPT));
    try (DirectoryStream<Path> archives =
        Files.newDirectoryStream(folder, "{." + PREFIX + "*," + PREFIX + "*" + SUFFIX + "}")) {
      for (Path archive : archives) {
        // A folder is what an interrupted run has left.
        if (Files.getLastModifiedTime(archive).compareTo(oldest) < 0) {
          MoreFiles.deleteRecursively(archive, RecursiveDeleteOption.ALLOW_INSECURE);
        }
      }
    }
  }

  private static File nullDevice() {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    return new File(windows ? "NUL" : "/dev/null");
  }
}
