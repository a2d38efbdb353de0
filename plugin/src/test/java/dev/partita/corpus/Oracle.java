package dev.partita.corpus;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.ModelFile;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.SessionOptions;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/**
 * What a rewritten model has to compute: the original whose dropped weights are zero. Holds outputs
 * against it.
 *
 * <p>Half precision is a case of its own. Each evaluation rounds every sum of every layer to 11
 * bits, in an order of its own (and ONNX Runtime's Gemm adds in half precision, too), and over the
 * many layers of a deep model this adds up to more than the tolerance: ONNX Runtime's own
 * optimizations move the masked original as far. Where the two are too far apart, what they compute
 * is told from how they round it: both are evaluated in single precision from their half-precision
 * weights, and have to agree as models of single precision do. Beside that the rewritten model may
 * be off from single precision by what the masked original is off by and a quarter of the
 * tolerance, so that it rounds no worse.
 */
final class Oracle implements AutoCloseable {

  private static final double HALF = Tolerance.of(TensorProto.DataType.FLOAT16_VALUE);
  private static final double SINGLE = Tolerance.of(TensorProto.DataType.FLOAT_VALUE);

  private final Path original;
  private final Path masked;
  private final double limit;
  private double effect;
  private double error;
  private boolean met = true;
  private String note = "";

  /**
   * The masked model, written beside the original so that its external data is found.
   *
   * @param limit the largest relative error that is right
   */
  Oracle(Path original, ModelProto masked, double limit) {
    this.original = original;
    this.masked = original.resolveSibling(original.getFileName() + ".oracle");
    this.limit = limit;
    write(masked, this.masked);
  }

  /** Holds the outputs of a rewritten model on some inputs against the oracle's. */
  void compare(Path rewritten, ImmutableMap<String, Tensor> inputs) {
    Map<String, Tensor> expected = outputs(masked, inputs);
    Map<String, Tensor> made = outputs(rewritten, inputs);
    double distance = worst(expected, made, Tolerance::error);
    effect = Math.max(effect, worst(outputs(original, inputs), expected, Tolerance::relative));
    error = Math.max(error, distance);
    met &=
        distance <= limit || (limit == HALF && isRightInSingle(rewritten, inputs, expected, made));
  }

  private boolean isRightInSingle(
      Path rewritten,
      ImmutableMap<String, Tensor> inputs,
      Map<String, Tensor> expected,
      Map<String, Tensor> made) {
    ImmutableMap<String, Tensor> wide = ImmutableMap.copyOf(SinglePrecision.of(inputs));
    Map<String, Tensor> exact = inSingle(masked, wide);
    double computed = worst(exact, inSingle(rewritten, wide), Tolerance::error);
    double own = worst(exact, SinglePrecision.of(expected), Tolerance::error);
    double other = worst(exact, SinglePrecision.of(made), Tolerance::error);
    note =
        String.format(
            Locale.ROOT,
            "both in single precision %.2g; rounded, to single precision %.2g, its oracle %.2g",
            computed,
            other,
            own);
    return computed <= SINGLE && isAsNear(other, own);
  }

  private static Map<String, Tensor> inSingle(Path model, ImmutableMap<String, Tensor> inputs) {
    Path single = model.resolveSibling(model.getFileName() + ".single");
    try {
      write(SinglePrecision.of(ModelFile.read(model).proto(), model), single);
      return outputs(single, inputs);
    } finally {
      delete(single);
    }
  }

  /** Whether a rewritten model of half precision is as right as its oracle of half precision. */
  static boolean isAsNear(double rewritten, double masked) {
    return rewritten <= masked + HALF / 4;
  }

  /** Whether all that was compared is right. */
  boolean isMet() {
    return met;
  }

  /** The relative difference that dropping the weights makes: what the oracle can see. */
  double effect() {
    return effect;
  }

  /** The worst relative error, or worst number of steps for integer outputs. */
  double error() {
    return error;
  }

  /** Distances in and to single precision where they decided; else empty. */
  String note() {
    return note;
  }

  @Override
  public void close() {
    delete(masked);
  }

  private static Map<String, Tensor> outputs(Path model, Map<String, Tensor> inputs) {
    SessionOptions options = SessionOptions.SINGLE_THREADED.withOptimized(false).withThreads(2);
    try (InferenceSession session = InferenceSession.open(model, options)) {
      return session.run(inputs, session.outputs().stream().map(TensorDescription::name).toList());
    }
  }

  private static double worst(
      Map<String, Tensor> expected,
      Map<String, Tensor> actual,
      ToDoubleBiFunction<Tensor, Tensor> measure) {
    if (!expected.keySet().equals(actual.keySet()) || expected.isEmpty()) {
      return Double.POSITIVE_INFINITY;
    }
    return expected.entrySet().stream()
        .mapToDouble(e -> measure.applyAsDouble(e.getValue(), actual.get(e.getKey())))
        .max()
        .orElse(Double.POSITIVE_INFINITY);
  }

  private static void write(ModelProto model, Path target) {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
      model.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
