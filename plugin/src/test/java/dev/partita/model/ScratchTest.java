package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UnsupportedInputException;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Room for new tensors: where it is, that no two share a byte, and that nothing stays behind. */
class ScratchTest {

  @TempDir private Path folder;

  @Test
  void smallBuffersAreOnTheHeapAndManyLargeOnesInAFile() throws IOException {
    try (Scratch scratch = Scratch.in(folder, Workers.of(1))) {
      assertThat(scratch.allocate((64 << 10) - 1).isDirect()).isFalse();
      assertThat(files()).as("nothing is made before it is needed").isEmpty();
      ByteBuffer large = scratch.allocate(64 << 10);
      assertThat(large.isDirect()).isTrue();
      assertThat(large.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
      assertThat(large.position()).isZero();
      assertThat(large.remaining()).isEqualTo(64 << 10);
      assertThat(files()).as("16 MiB are kept in memory").isEmpty();
      assertThat(scratch.allocate(16 << 20).isDirect()).isTrue();
      assertThat(files()).hasSize(1);
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void copiesAreTheSameInMemoryAndInAFile() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(3 << 20).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < data.capacity(); i += 4) {
      data.putInt(i, i * 7919);
    }
    data.position(4);
    try (Scratch scratch = Scratch.in(folder, Workers.of(1))) {
      for (int i = 0; i < 8; i++) {
        ByteBuffer copy = scratch.copyOf(data);
        assertThat(copy.isDirect()).isTrue();
        assertThat(copy.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(copy).isEqualTo(data);
        assertThat(data.position()).isEqualTo(4);
      }
      assertThat(files()).hasSize(1);
      // Written once, at its own length.
      assertThat(Files.size(files().get(0))).isEqualTo(3L * ((3 << 20) - 4));
    }
  }

  @Test
  void manySmallBuffersLeaveTheHeapAsWell() {
    try (Scratch scratch = Scratch.in(folder, Workers.of(1))) {
      long heap = 0;
      for (int i = 0; i < 1000; i++) {
        ByteBuffer buffer = scratch.allocate(30_000);
        heap += buffer.isDirect() ? 0 : buffer.capacity();
      }
      assertThat(heap).isBetween(1L << 20, 8L << 20);
    }
  }

  @Test
  void buffersShareMappingsAndNotBytes() {
    Random random = new Random(3);
    List<ByteBuffer> buffers = new ArrayList<>();
    try (Scratch scratch = Scratch.in(folder, Workers.of(1))) {
      for (int i = 0; i < 300; i++) {
        ByteBuffer buffer = scratch.allocate(i % 100 == 99 ? 70 << 20 : random.nextInt(500_000));
        buffers.add(buffer);
        for (int at = 0; at + 4 <= buffer.capacity(); at += 4096) {
          buffer.putInt(at, i);
        }
      }
      for (int i = 0; i < buffers.size(); i++) {
        ByteBuffer buffer = buffers.get(i);
        for (int at = 0; at + 4 <= buffer.capacity(); at += 4096) {
          assertThat(buffer.getInt(at)).isEqualTo(i);
        }
      }
      assertThat(sizeOfFiles()).as("extents are filled").isLessThan(500L << 20);
    }
  }

  @Test
  void onHeapNeverMakesAFile() {
    try (Scratch scratch = Scratch.onHeap()) {
      ByteBuffer buffer = scratch.allocate(1 << 20);
      assertThat(buffer.isDirect()).isFalse();
      assertThat(buffer.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }
  }

  @Test
  void refusesWhatNoBufferHolds() {
    for (Scratch scratch : List.of(Scratch.onHeap(), Scratch.in(folder, Workers.of(1)))) {
      try (scratch) {
        assertThatThrownBy(() -> scratch.allocate(1L << 31))
            .isInstanceOf(UnsupportedInputException.class)
            .hasMessageContaining(
                "A new tensor would take 2147483648 bytes, but a tensor is limited to 2 GiB.");
      }
    }
  }

  @Test
  void refusesAFolderThatIsNotThere() {
    try (Scratch scratch = Scratch.in(folder.resolve("missing"), Workers.of(1))) {
      assertThatThrownBy(() -> scratch.allocate(17 << 20))
          .isInstanceOf(UnsupportedInputException.class)
          .hasMessageContaining("missing");
    }
  }

  @Test
  void nothingIsGivenOutAfterTheEnd() {
    Scratch scratch = Scratch.in(folder, Workers.of(1));
    scratch.close();
    assertThatThrownBy(() -> scratch.allocate(1)).isInstanceOf(IllegalArgumentException.class);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.endsWith(".partita-lock"))
          .toList();
    }
  }

  private long sizeOfFiles() {
    try {
      long sum = 0;
      for (Path file : files()) {
        sum += Files.size(file);
      }
      return sum;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
