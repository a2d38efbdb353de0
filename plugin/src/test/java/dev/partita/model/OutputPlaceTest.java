package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.GraphBuilder;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is no regular file is never replaced by one. */
class OutputPlaceTest {

  private static final String SPECIAL = "is a device, pipe or socket, which is never replaced";

  @TempDir private Path folder;

  private Path pipe() throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private static boolean isOther(Path path) throws IOException {
    return (boolean) Files.getAttribute(path, "basic:isOther", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void aModelNeverReplacesAPipe() throws IOException, InterruptedException {
    Path source =
        GraphBuilder.opset(17)
            .input("x", "N", 2)
            .node("Relu", "x", "y")
            .output("y", "N", 2)
            .write(folder.resolve("in.onnx"));
    OnnxModel model = ModelFile.read(source);
    Path pipe = pipe();
    try (StagedModel staged = StagedModel.edited(model, model, pipe)) {
      assertThatThrownBy(() -> staged.commit(true))
          .isInstanceOf(UnsupportedInputException.class)
          .hasMessageContaining(SPECIAL);
    }
    assertThat(isOther(pipe)).isTrue();
    assertThat(folder).isDirectoryNotContaining("glob:**/.partita-*");
  }

  @Test
  void dataNeverReplacesASocketOrALinkToOne() throws IOException {
    Path socket = folder.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Path link = Files.createSymbolicLink(folder.resolve("link"), socket);
      for (Path place : new Path[] {socket, link}) {
        assertThatThrownBy(() -> WholeFile.write(place, out -> out.write(1)))
            .isInstanceOf(UnsupportedInputException.class)
            .hasMessageContaining(SPECIAL);
        // Nor can a text be sent to it.
        assertThatThrownBy(() -> WholeFile.write(place, "text"))
            .isInstanceOf(UnsupportedInputException.class)
            .hasMessageContaining(SPECIAL);
      }
      assertThat(isOther(socket)).isTrue();
      assertThat(link).isSymbolicLink();
    }
  }

  @Test
  void aTextGoesThroughAPipe() throws IOException, InterruptedException, ExecutionException {
    Path pipe = pipe();
    assertThat(OutputPlace.isStream(pipe)).isTrue();
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(pipe);
              } catch (IOException e) {
                return "failed: " + e;
              }
            });
    WholeFile.write(pipe, "a report");
    assertThat(read.get()).isEqualTo("a report");
    assertThat(isOther(pipe)).isTrue();
  }

  @Test
  void filesFoldersAndDanglingLinksAreNotSpecial() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nothing"));
    assertThat(OutputPlace.isSpecial(file)).isFalse();
    assertThat(OutputPlace.isSpecial(folder)).isFalse();
    assertThat(OutputPlace.isSpecial(link)).isFalse();
    assertThat(OutputPlace.isSpecial(folder.resolve("new"))).isFalse();
    assertThat(OutputPlace.isStream(file)).isFalse();
    WholeFile.write(file, "new");
    assertThat(file).hasContent("new");
  }

  /** Such links lead to a file of this process; /dev/stdout is another one. */
  @Test
  void aLinkToADescriptorIsAStream() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("out"), Path.of("/proc/self/fd/1"));
    assertThat(OutputPlace.isSpecial(link)).isTrue();
    assertThat(OutputPlace.isStream(link)).isTrue();
  }
}
