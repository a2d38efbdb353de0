package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.model.ElementType;
import dev.partita.testing.NpzContents;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TimeZone;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzArchiveTest {

  @TempDir private Path folder;

  private static byte[] sample() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (NpzArchive archive = new NpzArchive(bytes)) {
      archive.array("a/b", new int[] {3, -1, 1 << 30});
      archive.text("text", "zwei \u00e4");
      archive.array(
          "cube", NpzArchive.Type.UINT8, List.of(2L, 1L, 3L), out -> out.write(new byte[6]));
      archive.array("scalar", NpzArchive.Type.UINT8, List.of(), out -> out.write(7));
      archive.array("empty", new int[0]);
    }
    return bytes.toByteArray();
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    Path file = Files.write(folder.resolve("a.npz"), sample());
    var arrays = NpzContents.read(file);
    assertThat(arrays.keySet()).containsExactly("a/b", "text", "cube", "scalar", "empty");
    assertThat(arrays.get("a/b").ints()).containsExactly(3, -1, 1 << 30);
    assertThat(arrays.get("text").text()).isEqualTo("zwei \u00e4");
    assertThat(arrays.get("cube").shape()).containsExactly(2L, 1L, 3L);
    assertThat(arrays.get("scalar").shape()).isEmpty();
    assertThat(arrays.get("scalar").bytes()).containsExactly(7);
    assertThat(arrays.get("empty").shape()).containsExactly(0L);
  }

  @Test
  void theLibraryReadsItToo() throws IOException {
    Path file = folder.resolve("x.npz");
    try (OutputStream out = Files.newOutputStream(file);
        NpzArchive archive = new NpzArchive(out)) {
      archive.array(
          "x",
          NpzArchive.Type.UINT8,
          List.of(4L, 2L),
          to -> to.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
    }
    DataSet data =
        DataSet.read(
            file.toString(), List.of(TensorDescription.of("x", ElementType.UINT8, -1, 2)), 1);
    assertThat(data.samples()).isEqualTo(4);
  }

  @Test
  void doesNotDependOnTimeOrPlace() throws IOException {
    byte[] first = sample();
    TimeZone zone = TimeZone.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Kiritimati"));
      assertThat(sample()).isEqualTo(first);
    } finally {
      TimeZone.setDefault(zone);
    }
  }

  @Test
  void refusesElementsThatDoNotFitTheShape() throws IOException {
    try (NpzArchive archive = new NpzArchive(OutputStream.nullOutputStream())) {
      assertThatThrownBy(
              () ->
                  archive.array(
                      "a", NpzArchive.Type.INT32, List.of(2L), out -> out.write(new byte[7])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("7 bytes");
    }
  }

  @Test
  void refusesAnArrayThatIsThereAlready() throws IOException {
    try (NpzArchive archive = new NpzArchive(OutputStream.nullOutputStream())) {
      archive.array("a", new int[1]);
      assertThatThrownBy(() -> archive.array("a", new int[1])).isInstanceOf(ZipException.class);
    }
  }

  @Test
  void leavesItsStreamOpen() throws IOException {
    Path file = folder.resolve("open.npz");
    try (OutputStream out = Files.newOutputStream(file)) {
      try (NpzArchive archive = new NpzArchive(out)) {
        archive.array("a", new int[1]);
      }
      out.write(1);
    }
    assertThat(file).isNotEmptyFile();
  }
}
