package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Disks of many sizes, so that room ends in the data file, in the model and in the report. Needs
 * Linux and the right to mount; where that is missing it says so.
 */
@Tag("slow")
class FullDiskTest {

  private static final int PAGE_KIB = 4;
  private static final int COARSE_KIB = 64;
  private static final int LARGE_KIB = 4096;
  private static final int FEATURES = 256;

  @TempDir private Path folder;
  private Path disk = Path.of("");
  private boolean mounted;

  private record Result(int code, String err) {}

  @BeforeEach
  void findOutWhetherDisksCanBeMade() throws Exception {
    disk = Files.createDirectory(folder.resolve("disk"));
    String refusal = mount(LARGE_KIB);
    if (!refusal.isEmpty()) {
      System.out.println("FullDiskTest was not run: no disk can be mounted here: " + refusal);
    }
    assumeTrue(refusal.isEmpty(), refusal);
  }

  private String mount(long kibibytes) throws InterruptedException {
    String size = "size=" + kibibytes + "k";
    String refusal = command("mount", "-t", "tmpfs", "-o", size, "tmpfs", disk.toString());
    mounted = refusal.isEmpty();
    return refusal;
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      // Lazily: what was written may still be mapped until the garbage collector comes by.
      assertThat(command("umount", "-l", disk.toString())).isEmpty();
      mounted = false;
    }
  }

  /** What a command said; empty where it succeeded. */
  private static String command(String... words) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      return process.waitFor() == 0 ? "" : "it failed: " + said;
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** An empty disk of another size. */
  private void resize(long kibibytes) throws Exception {
    unmount();
    assertThat(mount(kibibytes)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void theOutputIsAbsentOrWhole(boolean external, boolean existing) throws Exception {
    Path input = model(external);
    Path output = disk.resolve("out.onnx");
    Path report = disk.resolve("report.json");
    assertThat(optimize(input, output, report, 2).code()).isZero();
    Map<String, byte[]> good = contents();
    long goodKib = good.values().stream().mapToLong(FullDiskTest::kib).sum();
    resize(LARGE_KIB);
    Map<String, byte[]> before = new TreeMap<>();
    if (existing) {
      assertThat(optimize(input, output, report, 4).code()).isZero();
      before = contents();
    }
    long used = before.values().stream().mapToLong(FullDiskTest::kib).sum();
    int failed = 0;
    int inReport = 0;
    int succeeded = 0;
    for (long kib : sizes(used, goodKib)) {
      resize(kib);
      for (Map.Entry<String, byte[]> file : before.entrySet()) {
        Files.write(disk.resolve(file.getKey()), file.getValue());
      }
      Result result = optimize(input, output, report, 2);
      Map<String, byte[]> after = contents();
      String at = "on a disk of " + kib + " KiB: " + result.err();
      assertThat(after.keySet()).as(at).noneMatch(name -> name.startsWith(".partita"));
      if (result.code() == 0) {
        succeeded++;
        continue;
      }
      failed++;
      assertThat(result.code()).as(at).isEqualTo(ExitCode.UNSUPPORTED_INPUT);
      assertThat(result.err()).contains("the disk is full");
      boolean reportFailed = result.err().contains("report.json");
      inReport += reportFailed ? 1 : 0;
      Map<String, byte[]> models = reportFailed ? good : before;
      assertSame(after, before, "report.json", at);
      // Data of an output that is replaced have a name of their own.
      if (!reportFailed || !existing || !external) {
        assertSame(after, models, "out.onnx", at);
        assertSame(after, models, "out.onnx.data", at);
      }
    }
    System.out.printf(
        "full disk: %d runs failed, %d of them in the report, %d succeeded%n",
        failed, inReport, succeeded);
    assertThat(failed - inReport).isGreaterThan(5);
    assertThat(succeeded).isPositive();
  }

  private static void assertSame(
      Map<String, byte[]> after, Map<String, byte[]> expected, String name, String at) {
    assertThat(Arrays.equals(after.get(name), expected.get(name))).as(name + " " + at).isTrue();
  }

  /** What a file takes, in whole pages. */
  private static long kib(byte[] bytes) {
    return (bytes.length / 1024L / PAGE_KIB + 1) * PAGE_KIB;
  }

  /**
   * Coarse steps up to where the model would fit, fine ones about there, then coarse ones again,
   * since new weights need room for a while before the model is written.
   */
  private static List<Long> sizes(long used, long good) {
    List<Long> sizes = new ArrayList<>();
    long edge = used + good - COARSE_KIB;
    for (long kib = Math.max(PAGE_KIB, used); kib < edge; kib += COARSE_KIB) {
      sizes.add(kib);
    }
    for (long kib = edge; kib < used + good + COARSE_KIB; kib += PAGE_KIB) {
      sizes.add(kib);
    }
    for (long kib = used + good; kib <= used + 2 * good + LARGE_KIB; kib += 4 * COARSE_KIB) {
      sizes.add(kib);
    }
    return sizes;
  }

  private Map<String, byte[]> contents() throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(disk)) {
      for (Path file : files.toList()) {
        contents.put(
            file.getFileName().toString(),
            Files.isDirectory(file) ? new byte[0] : Files.readAllBytes(file));
      }
    }
    return contents;
  }

  private static Result optimize(Path input, Path output, Path report, int accelerators) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = {
      "optimize",
      input.toString(),
      "-o",
      output.toString(),
      "--json",
      report.toString(),
      "-p",
      Integer.toString(accelerators),
      "--no-gate",
      "--overwrite"
    };
    int code =
        Main.run(
            new LibraryEngine(),
            words,
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false);
    return new Result(code, err.toString(UTF_8));
  }

  private Path model(boolean external) throws IOException {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", FEATURES)
            .random("w1", 1, FEATURES, FEATURES)
            .random("w2", 2, FEATURES, FEATURES)
            .node("MatMul", "x, w1", "h")
            .node("Relu", "h", "r")
            .node("MatMul", "r, w2", "s")
            .node("Tanh", "s", "t")
            .node("ReduceMean", "t", "y")
            .output("y", 1, 1)
            .build();
    Path file = folder.resolve("in.onnx");
    if (!external) {
      return Files.write(file, model.toByteArray());
    }
    ModelProto.Builder changed = model.toBuilder();
    for (TensorProto.Builder tensor : changed.getGraphBuilder().getInitializerBuilderList()) {
      Files.write(folder.resolve(tensor.getName()), tensor.getRawData().toByteArray());
      tensor
          .clearRawData()
          .setDataLocation(TensorProto.DataLocation.EXTERNAL)
          .addExternalData(
              StringStringEntryProto.newBuilder().setKey("location").setValue(tensor.getName()));
    }
    return Files.write(file, changed.build().toByteArray());
  }
}
