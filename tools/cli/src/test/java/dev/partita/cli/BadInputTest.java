package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.OperatorSetIdProto;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line says with the library behind it, and that it leaves nothing behind. */
class BadInputTest {

  private static final int SAMPLES = 64;

  @TempDir private static Path fixtures;
  @TempDir private Path folder;

  private static Path mlp = Path.of("");
  private Path small = Path.of("");
  private Path output = Path.of("");

  private record Result(int code, String out, String err) {}

  @BeforeAll
  static void unpack() {
    mlp = Fixtures.fashionMlp(fixtures);
  }

  @BeforeEach
  void write() throws IOException {
    small = MessagesTest.model().write(file("small.onnx"));
    output = Files.createDirectory(file("results")).resolve("out.onnx");
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  @Test
  void aMissingFile() {
    refuses(
        ExitCode.UNSUPPORTED_INPUT,
        optimize(file("absent.onnx"), "--calibration", "random:64"),
        "absent.onnx");
  }

  @Test
  void aPicture() throws IOException {
    byte[] jpeg = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F'};
    Path picture = Files.write(file("cat.onnx"), Arrays.copyOf(jpeg, 4000));
    refuses(
        ExitCode.UNSUPPORTED_INPUT, optimize(picture, "--calibration", "random:64"), "cat.onnx");
  }

  @Test
  void anEmptyFile() throws IOException {
    Path empty = Files.createFile(file("empty.onnx"));
    refuses(
        ExitCode.UNSUPPORTED_INPUT, optimize(empty, "--calibration", "random:64"), "empty.onnx");
  }

  @Test
  void aModelThatIsCutShort() throws IOException {
    byte[] whole = Files.readAllBytes(mlp);
    for (int length : new int[] {whole.length / 2, whole.length - 1, 100}) {
      Path cut = Files.write(file("cut" + length + ".onnx"), Arrays.copyOf(whole, length));
      refuses(
          ExitCode.UNSUPPORTED_INPUT,
          optimize(cut, "--calibration", "random:64"),
          cut.getFileName().toString());
    }
  }

  @Test
  void anEmptyGraph() throws IOException {
    ModelProto proto =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
            .setGraph(GraphProto.newBuilder().setName("nothing"))
            .build();
    Path empty = Files.write(file("nothing.onnx"), proto.toByteArray());
    refuses(
        ExitCode.UNSUPPORTED_INPUT, optimize(empty, "--calibration", "random:64"), "nothing.onnx");
  }

  @Test
  void weightsThatAreNoNumbers() {
    float[] weights = new float[96 * 128];
    weights[777] = Float.NaN;
    Path broken =
        GraphBuilder.opset(17)
            .input("x", "N", 96)
            .initializer("w", weights, 96, 128)
            .node("the_layer", "MatMul", "x, w", "h")
            .node("Relu", "h", "y")
            .output("y", "N", 128)
            .write(file("nan.onnx"));
    Result result =
        refuses(
            ExitCode.UNSUPPORTED_INPUT,
            optimize(broken, "--calibration", "random:64", "--include", "*"),
            "nan.onnx");
    assertThat(result.err()).contains("the_layer", "NaN");
  }

  @Test
  void dataThatDoesNotFit() {
    Map<Path, String> wrong = new TreeMap<>();
    wrong.put(new NpzFile().zeros("z", "<f4", SAMPLES, 96).write(file("name.npz")), "\"z\"");
    wrong.put(new NpzFile().zeros("x", "<f4", SAMPLES, 95).write(file("shape.npz")), "95");
    wrong.put(new NpzFile().zeros("x", "<i8", SAMPLES, 96).write(file("type.npz")), "int64");
    wrong.put(new NpzFile().write(file("none.npz")), "\"x\"");
    wrong.put(new NpzFile().zeros("x", "<f4", 1, 96).write(file("one.npz")), "one sample");
    wrong.put(
        new NpzFile().zeros("x", "<f4", SAMPLES, 96).zeros("labels", "<i8", 9).write(file("l.npz")),
        "labels");
    wrong.forEach(
        (data, reason) -> {
          Result result =
              refuses(
                  ExitCode.UNSUPPORTED_INPUT,
                  optimize(small, "--calibration", data),
                  data.getFileName().toString());
          assertThat(result.err()).contains(reason);
        });
    refuses(ExitCode.UNSUPPORTED_INPUT, optimize(small, "--calibration", file("no.npz")), "no.npz");
    refuses(ExitCode.UNSUPPORTED_INPUT, optimize(small, "--calibration", small), "small.onnx");
  }

  @Test
  void aFolderThatCannotBeWrittenTo() throws IOException {
    Path parent = Files.writeString(file("plain"), "a file");
    refuses(ExitCode.USAGE, into(parent.resolve("out.onnx")), "plain");
    refuses(ExitCode.USAGE, into(parent.resolve("deeper/out.onnx")), "plain");
    refuses(ExitCode.USAGE, into(file("absent/out.onnx")), "absent");
    if (Files.isDirectory(Path.of("/proc/self"))) {
      refuses(ExitCode.USAGE, into(Path.of("/proc/self/out.onnx")), "/proc/self");
    }
    assertThat(parent).hasContent("a file");
  }

  private Object[] into(Path place) {
    return new Object[] {"optimize", small, "-o", place, "--calibration", "random:64"};
  }

  @Test
  void anOutputThatExists() throws IOException {
    Files.writeString(output, "mine");
    Result result = run(optimize(small, "--calibration", "random:64"));
    assertSentence(result, ExitCode.USAGE, "out.onnx");
    assertThat(output).hasContent("mine");
    assertThat(listing(output.getParent())).containsExactly("out.onnx");
  }

  @Test
  void anOutputThatIsTheInput() throws IOException {
    byte[] before = Files.readAllBytes(small);
    Path link = Files.createSymbolicLink(file("link.onnx"), small);
    Path hardLink = Files.createLink(file("hard.onnx"), small);
    List<String> listed = listing(folder);
    for (Path name : List.of(small, link, hardLink, file("results/../small.onnx"))) {
      Result result =
          run("optimize", small, "-o", name, "--calibration", "random:64", "--overwrite");
      assertSentence(result, ExitCode.USAGE, name.toString());
    }
    assertThat(Files.readAllBytes(small)).isEqualTo(before);
    assertThat(listing(folder)).isEqualTo(listed);
  }

  @Test
  void optionsThatCannotBe() {
    refuses(ExitCode.USAGE, optimize(small, "-p", 0, "--calibration", "random:64"), "0");
    refuses(ExitCode.USAGE, optimize(small), "No data");
    refuses(
        ExitCode.USAGE,
        optimize(small, "--target", "tetris-4d", "--calibration", "random:64"),
        "tetris-4d");
    refuses(
        ExitCode.USAGE,
        optimize(small, "--max-accuracy-drop", "0.1", "--calibration", "random:64"),
        "labels");
    refuses(
        ExitCode.USAGE,
        optimize(small, "--output", "logit", "--calibration", "random:64"),
        "logit");
    refuses(
        ExitCode.UNSUPPORTED_INPUT, optimize(small, "--calibration", "random:many"), "random:many");
  }

  @Test
  void optionsThatCannotBeAreRefusedWhereNothingQualifiesToo() {
    refuses(
        ExitCode.USAGE,
        optimize(small, "-p", 500, "--output", "logit", "--calibration", "random:64"),
        "logit");
  }

  /** Both layers are cut: one alone loses nothing where every branch reads its whole input. */
  @Test
  void aGateThatNothingMeets() {
    refuses(
        ExitCode.GATE_FAILED,
        optimize(
            small,
            "--include",
            "*",
            "--calibration",
            "random:64",
            "--repair",
            "none",
            "--max-relative-error",
            "1e-6"),
        "The gate failed");
  }

  @Test
  void moreAcceleratorsThanFeatures() throws IOException {
    Path json = file("report.json");
    Object[] args =
        optimize(small, "-p", 500, "--calibration", "random:64", "--json", json, "--overwrite");
    Result result = run(args);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isEqualTo(ExitCode.DONE);
    assertThat(Files.readAllBytes(output)).isEqualTo(Files.readAllBytes(small));
    assertThat(json).content().contains("\"outcome\" : \"unchanged\"");
    assertThat(json)
        .content()
        .containsPattern("\"node\" : \"first\"[^}]*\"reason\" : \"TOO_SMALL\"")
        .containsPattern("\"node\" : \"second\"[^}]*\"reason\" : \"TOO_SMALL\"");
    assertThat(listing(output.getParent())).containsExactly("out.onnx");

    Object[] failing = Arrays.copyOf(args, args.length + 1);
    failing[args.length] = "--fail-if-unchanged";
    assertThat(run(failing).code()).isEqualTo(ExitCode.UNCHANGED);
  }

  @Test
  void aDryRunWritesNothing() throws IOException {
    List<String> listed = listing(folder);
    Result result =
        run(optimize(small, "--calibration", "random:64", "--dry-run", "--min-agreement", "0"));
    assertThat(result.code()).isEqualTo(ExitCode.DONE);
    Result plain = run(optimize(small, "--calibration", "random:64", "--dry-run", "--no-gate"));
    assertThat(plain.err()).isEmpty();
    assertThat(plain.code()).isEqualTo(ExitCode.DONE);
    assertThat(plain.out()).contains("small.onnx");
    assertThat(listing(output.getParent())).isEmpty();
    assertThat(listing(folder)).isEqualTo(listed);
  }

  @Test
  void whatIsFineIsWritten() throws IOException {
    Result result = run(optimize(small, "--calibration", "random:64", "--no-gate"));
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isEqualTo(ExitCode.DONE);
    assertThat(listing(output.getParent())).containsExactly("out.onnx");
    assertThat(Files.readAllBytes(output)).isNotEqualTo(Files.readAllBytes(small));
  }

  private Object[] optimize(Path model, Object... more) {
    List<Object> args = new ArrayList<>(List.of("optimize", model, "-o", output));
    Collections.addAll(args, more);
    return args.toArray();
  }

  /** The exit code, one sentence that names what is wrong, and nothing in the output's folder. */
  private Result refuses(int code, Object[] args, String named) {
    Result result = run(args);
    assertSentence(result, code, named);
    assertThat(listing(output.getParent())).as("left behind by %s", List.of(args)).isEmpty();
    return result;
  }

  private static void assertSentence(Result result, int code, String named) {
    assertThat(result.code()).as(result.err()).isEqualTo(code);
    List<String> lines = result.err().lines().toList();
    assertThat(lines.get(0)).startsWith("partita: ").contains(named);
    assertThat(lines).as(result.err()).hasSizeLessThanOrEqualTo(2);
    assertThat(lines.stream().skip(1)).allMatch(line -> line.startsWith("  "));
    assertThat(result.err())
        .doesNotContain("\tat ", "Internal error", "Exception", "Run it again with --debug");
  }

  private static List<String> listing(Path place) {
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static Result run(Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new LibraryEngine(),
            Arrays.stream(args).map(Object::toString).toArray(String[]::new),
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false);
    return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
  }
}
