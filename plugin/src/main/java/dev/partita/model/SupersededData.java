package dev.partita.model;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Data files of a model that is about to be replaced. */
final class SupersededData {

  private static final int CHUNK = 1 << 16;

  private SupersededData() {}

  /**
   * The files next to a target that are named after it, as {@link DataFileName} does, that it
   * names, and that neither the given models nor any other {@code .onnx} file in the folder names.
   * Models are searched as bytes: an old one may be damaged, and Windows replaces no file that is
   * mapped.
   *
   * @param readers models that go on being read
   */
  static ImmutableSet<Path> of(Path target, List<Path> readers) throws IOException {
    if (!Files.isRegularFile(target)) {
      return ImmutableSet.of();
    }
    Pattern own =
        Pattern.compile(Pattern.quote(target.getFileName().toString()) + "(\\.\\d+)?\\.data");
    List<Path> candidates = new ArrayList<>();
    Set<Path> others = new LinkedHashSet<>(readers);
    try (Stream<Path> beside = Files.list(target.toAbsolutePath().getParent())) {
      for (Path file : beside.filter(f -> Files.isRegularFile(f, NOFOLLOW_LINKS)).toList()) {
        String name = file.getFileName().toString();
        if (own.matcher(name).matches()) {
          candidates.add(file);
        } else if (name.endsWith(".onnx") && !Files.isSameFile(file, target)) {
          others.add(file);
        }
      }
    }
    ImmutableSet.Builder<Path> superseded = ImmutableSet.builder();
    for (Path candidate : candidates) {
      String name = candidate.getFileName().toString();
      boolean needed = !contains(target, name);
      for (Path other : others) {
        needed = needed || contains(other, name);
      }
      if (!needed) {
        superseded.add(candidate);
      }
    }
    return superseded.build();
  }

  private static boolean contains(Path file, String name) throws IOException {
    // One character a byte, so that what is searched is bytes.
    String wanted = new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    String rest = "";
    try (InputStream in = Files.newInputStream(file)) {
      for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0; chunk = in.readNBytes(CHUNK)) {
        String text = rest + new String(chunk, StandardCharsets.ISO_8859_1);
        if (text.contains(wanted)) {
          return true;
        }
        rest = text.substring(Math.max(0, text.length() - wanted.length()));
      }
    }
    return false;
  }
}
