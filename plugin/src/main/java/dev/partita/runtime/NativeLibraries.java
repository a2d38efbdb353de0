package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import com.google.common.io.Resources;
import dev.partita.model.UserCache;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the native libraries of ONNX Runtime and of JavaCPP in the user's own cache. By itself,
 * ONNX Runtime unpacks its libraries into a new temporary folder in each process, which a killed
 * process leaves behind.
 *
 * <p>A library in the cache is compared byte by byte with the one in the jar before it is loaded,
 * and replaced where it differs. Where there is no cache that belongs to the user alone, nothing is
 * changed.
 */
public final class NativeLibraries {

  /** Where ONNX Runtime looks for libraries instead of unpacking them. */
  private static final String PATH = "onnxruntime.native.path";

  private static final String JAVACPP = "org.bytedeco.javacpp.cachedir";
  private static final String TEMPORARY = "onnxruntime-java*";
  private static final ImmutableList<String> LIBRARIES =
      ImmutableList.of("onnxruntime", "onnxruntime4j_jni");

  /** After that, a process has begun to unpack its libraries into its folder, if it ever does. */
  private static final Duration UNPACKED = Duration.ofSeconds(10);

  private static boolean prepared;

  private NativeLibraries() {}

  /** Prepares both, once in a process, before either loads a library. */
  public static synchronized void prepare() {
    if (prepared) {
      return;
    }
    prepared = true;
    Path cache = UserCache.folder();
    if (cache == null) {
      return;
    }
    if (System.getProperty(JAVACPP) == null) {
      System.setProperty(JAVACPP, cache.resolve("javacpp").toString());
    }
    Path folder = System.getProperty(PATH) == null ? unpacked(cache) : null;
    if (folder != null) {
      System.setProperty(PATH, folder.toString());
    }
  }

  /** The folder with the libraries of this jar and this machine; null where there is none. */
  private static @Nullable Path unpacked(Path cache) {
    String platform = platform();
    if (platform == null) {
      return null;
    }
    ImmutableMap.Builder<String, ByteSource> found = ImmutableMap.builder();
    long checksum = 0;
    try {
      for (String library : LIBRARIES) {
        String file = System.mapLibraryName(library);
        URL resource =
            NativeLibraries.class.getResource("/ai/onnxruntime/native/" + platform + "/" + file);
        if (resource == null || !(resource.openConnection() instanceof JarURLConnection jar)) {
          return null;
        }
        checksum = 31 * checksum + jar.getJarEntry().getCrc();
        found.put(file, Resources.asByteSource(resource));
      }
      // One folder per version: two would otherwise replace each other's libraries.
      Path folder =
          UserCache.ownFolder(
              cache.resolve("natives-" + platform + "-" + Long.toHexString(checksum)));
      if (folder == null) {
        return null;
      }
      for (var library : found.buildOrThrow().entrySet()) {
        provide(library.getValue(), folder.resolve(library.getKey()));
      }
      return folder;
    } catch (IOException unusable) {
      // A full or read-only disk: ONNX Runtime unpacks its libraries itself, or says why it cannot.
      return null;
    }
  }

  private static void provide(ByteSource library, Path file) throws IOException {
    if (Files.isRegularFile(file) && library.contentEquals(MoreFiles.asByteSource(file))) {
      return;
    }
    Path fresh =
        Files.createTempFile(
            file.getParent(),
            ".new",
            null,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      library.copyTo(MoreFiles.asByteSink(fresh));
      // Other processes may have the old one open; a rename leaves it to them.
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /** As ONNX Runtime's jar names it; null where it has no libraries. */
  private static @Nullable String platform() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String os = system.contains("mac") ? "osx" : system.contains("nux") ? "linux" : null;
    String arch =
        processor.equals("amd64") || processor.equals("x86_64")
            ? "x64"
            : processor.equals("aarch64") ? "aarch64" : null;
    return os == null || arch == null ? null : os + "-" + arch;
  }

  /**
   * Removes the empty temporary folders that killed processes left, once ONNX Runtime has made the
   * one of this process, whose time tells how old they are.
   */
  static void sweep() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, TEMPORARY)) {
      ImmutableList<Path> all = ImmutableList.copyOf(folders);
      FileTime newest = FileTime.fromMillis(0);
      for (Path folder : all) {
        FileTime time = Files.getLastModifiedTime(folder);
        newest = time.compareTo(newest) > 0 ? time : newest;
      }
      for (Path folder : all) {
        Duration age =
            Duration.between(Files.getLastModifiedTime(folder).toInstant(), newest.toInstant());
        if (age.compareTo(UNPACKED) > 0) {
          remove(folder);
        }
      }
    } catch (IOException gone) {
      // Another process removes them as well; the next one tries again.
    }
  }

  private static void remove(Path folder) {
    try {
      Files.delete(folder);
    } catch (IOException inUse) {
      // Not empty: a process unpacked its libraries there and may have them loaded.
    }
  }
}
