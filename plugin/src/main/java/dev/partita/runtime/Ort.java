package dev.partita.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Between this package's types and those of ONNX Runtime's Java interface. */
final class Ort {
  /** Failures arrive as exceptions; ONNX Runtime would print them to standard error as well. */
  private static final OrtLoggingLevel QUIET = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

  private Ort() {}

  /** The one environment of the process, which lives as long as the process. */
  static OrtEnvironment environment() {
    return Environment.SHARED;
  }

  private static final class Environment {

    static final OrtEnvironment SHARED = make();

    private static OrtEnvironment make() {
      NativeLibraries.prepare();
      OrtEnvironment environment = OrtEnvironment.getEnvironment(QUIET, "partita");
      NativeLibraries.sweep();
      return environment;
    }
  }

  static OrtSession open(Path model, SessionOptions options) throws OrtException {
    try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
      settings.setIntraOpNumThreads(options.intraOpThreads());
      settings.setInterOpNumThreads(1);
      settings.setSessionLogLevel(QUIET);
      settings.setOptimizationLevel(
          options.optimized()
              ? OrtSession.SessionOptions.OptLevel.ALL_OPT
              : OrtSession.SessionOptions.OptLevel.NO_OPT);
      for (Map.Entry<String, String> entry : options.configuration().entrySet()) {
        settings.addConfigEntry(entry.getKey(), entry.getValue());
      }
      return environment().createSession(model.toAbsolutePath().toString(), settings);
    }
  }

  /** Name, type and shape of a session's input or output; empty if it is not a supported tensor. */
  static Optional<TensorDescription> describe(NodeInfo node) {
    if (!(node.getInfo() instanceof TensorInfo info)) {
      return Optional.empty();
    }
    return elementType(info.onnxType)
        .map(
            type ->
                new TensorDescription(
                    node.getName(),
                    type,
                    shape(info),
                    Arrays.stream(info.getDimensionNames())
                        .map(name -> name == null ? "" : name)
                        .collect(ImmutableList.toImmutableList())));
  }

  /** What an input or output is, for a message: {@code a tensor of strings}. */
  static String kind(NodeInfo node) {
    if (node.getInfo() instanceof TensorInfo info) {
      return info.type == OnnxJavaType.STRING
          ? "a tensor of strings"
          : "a tensor of type " + typeName(info.onnxType);
    }
    String kind = node.getInfo().getClass().getSimpleName();
    return switch (kind) {
      case "SequenceInfo" -> "a sequence";
      case "MapInfo" -> "a map";
      default -> "no tensor";
    };
  }

  static Optional<ElementType> elementType(TensorInfo.OnnxTensorType type) {
    // By name: the constants' numbers are the Java interface's own, not ONNX's.
    String name = typeName(type);
    return Arrays.stream(ElementType.values())
        .filter(candidate -> candidate.name().equals(name))
        .findFirst();
  }

  static String typeName(TensorInfo.OnnxTensorType type) {
    return type.name().replace("ONNX_TENSOR_ELEMENT_DATA_TYPE_", "");
  }

  /**
   * Wraps a tensor's memory without a copy. What must be closed after the run is added to {@code
   * opened}.
   */
  static OnnxTensor toOnnx(Tensor tensor, List<AutoCloseable> opened) throws OrtException {
    OnnxTensor wrapped =
        OnnxTensor.createTensor(
            environment(), tensor.data(), tensor.shape().toArray(), carrier(tensor.type()));
    opened.add(wrapped);
    return UnsignedTensors.isWide(tensor.type())
        ? UnsignedTensors.reinterpret(wrapped, tensor.type(), opened)
        : wrapped;
  }

  private static OnnxJavaType carrier(ElementType type) {
    return switch (type) {
      case FLOAT -> OnnxJavaType.FLOAT;
      case DOUBLE -> OnnxJavaType.DOUBLE;
      case FLOAT16 -> OnnxJavaType.FLOAT16;
      case BFLOAT16 -> OnnxJavaType.BFLOAT16;
      case BOOL -> OnnxJavaType.BOOL;
      case INT8 -> OnnxJavaType.INT8;
      case UINT8 -> OnnxJavaType.UINT8;
      case INT16, UINT16 -> OnnxJavaType.INT16;
      case INT32, UINT32 -> OnnxJavaType.INT32;
      case INT64, UINT64 -> OnnxJavaType.INT64;
    };
  }

  private static ImmutableLongArray shape(TensorInfo info) {
    return ImmutableLongArray.copyOf(
        Arrays.stream(info.getShape()).map(dimension -> Math.max(-1, dimension)));
  }

  /** One sentence out of ONNX Runtime's message, which may have many lines and source positions. */
  static RuntimeFailure failure(Path model, String what, OrtException cause) {
    return failure(model, new InferenceSession.Subject(model, ""), what, cause);
  }

  /** The same for a model of our own, which the user does not know. */
  static RuntimeFailure failure(
      Path model, InferenceSession.Subject subject, String what, OrtException cause) {
    String text = cause.getMessage() == null ? "unknown error" : cause.getMessage();
    text = CharMatcher.whitespace().trimAndCollapseFrom(text, ' ');
    text = text.replace(model.toString(), subject.file().toString());
    boolean own = !subject.activity().isEmpty();
    return new RuntimeFailure(
        "%s %s by ONNX Runtime%s: %s"
            .formatted(subject.file(), what, own ? " while " + subject.activity() : "", text),
        own
            ? "Run the model on the same data in ONNX Runtime; if that works, report this message."
            : "Check that onnx.checker and ONNX Runtime accept the model in Python.",
        cause);
  }

  static void closeAll(List<AutoCloseable> opened) {
    RuntimeException first = null;
    for (int i = opened.size() - 1; i >= 0; i--) {
      try {
        opened.get(i).close();
      } catch (Exception failure) {
        first = first == null ? new IllegalStateException(failure) : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
