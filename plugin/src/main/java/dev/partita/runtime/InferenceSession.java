package dev.partita.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import dev.partita.model.ElementType;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model loaded into ONNX Runtime from its file, so that external data is found and no weight
 * passes through the heap. Runs may be made from several threads at once; closing while one is
 * under way is an error of the caller.
 */
public final class InferenceSession implements AutoCloseable {
  private final Path model;
  private final Subject subject;
  private final SessionOptions options;
  private final OrtSession session;
  private final ImmutableList<TensorDescription> inputs;
  private final ImmutableList<TensorDescription> outputs;
  private final ImmutableList<TensorDescription> convertedOutputs;
  private final ImmutableMap<String, String> unsupportedOutputs;
  private boolean closed;

  /**
   * What messages speak of.
   *
   * @param file the user's file
   * @param activity what is being done with it, such as "measuring activations"; empty where the
   *     session is of that file itself
   */
  public record Subject(Path file, String activity) {}

  private InferenceSession(Path model, Subject subject, SessionOptions options, OrtSession session)
      throws OrtException {
    this.model = model;
    this.subject = subject;
    this.options = options;
    this.session = session;
    ImmutableList.Builder<TensorDescription> inputDescriptions = ImmutableList.builder();
    for (NodeInfo input : session.getInputInfo().values()) {
      inputDescriptions.add(
          Ort.describe(input)
              .orElseThrow(
                  () ->
                      new RuntimeFailure(
                          "%s: input \"%s\" is %s, which is not supported as an input."
                              .formatted(subject.file(), input.getName(), Ort.kind(input)),
                          "Give a model whose inputs are tensors of numbers or booleans.")));
    }
    ImmutableList.Builder<TensorDescription> outputDescriptions = ImmutableList.builder();
    ImmutableList.Builder<TensorDescription> converted = ImmutableList.builder();
    ImmutableMap.Builder<String, String> unsupported = ImmutableMap.builder();
    for (NodeInfo output : session.getOutputInfo().values()) {
      Optional<TensorDescription> description = Ort.describe(output);
      if (description.isPresent()) {
        outputDescriptions.add(description.get());
      } else {
        TextOutputs.describe(output).ifPresent(converted::add);
        unsupported.put(output.getName(), Ort.kind(output));
      }
    }
    this.inputs = inputDescriptions.build();
    this.outputs = outputDescriptions.build();
    this.convertedOutputs = converted.build();
    this.unsupportedOutputs = unsupported.buildOrThrow();
  }

  /** Opens a model on one thread with all graph optimizations. */
  public static InferenceSession open(Path model) {
    return open(model, SessionOptions.SINGLE_THREADED);
  }

  /**
   * Opens a model.
   *
   * @throws RuntimeFailure where the file is missing, ONNX Runtime refuses it, or an input is not a
   *     tensor of numbers or booleans
   */
  public static InferenceSession open(Path model, SessionOptions options) {
    return open(model, options, new Subject(model, ""));
  }

  /**
   * Opens a model of our own that was made from a user's.
   *
   * @param subject what messages speak of
   */
  public static InferenceSession open(Path model, SessionOptions options, Subject subject) {
    if (!Files.isRegularFile(model)) {
      throw new RuntimeFailure(model + " is not a file.", "Check the path.");
    }
    try {
      OrtSession session = Ort.open(model, options);
      try {
        return new InferenceSession(model, subject, options, session);
      } catch (OrtException | RuntimeFailure failure) {
        session.close();
        throw failure;
      }
    } catch (OrtException failure) {
      throw Ort.failure(model, subject, "cannot be loaded", failure);
    }
  }

  /** The file this session was opened from. */
  public Path model() {
    return model;
  }

  /** The options this session was opened with. */
  public SessionOptions options() {
    return options;
  }

  /** What the model must be fed, in graph order; initializers with a default are not listed. */
  public ImmutableList<TensorDescription> inputs() {
    return inputs;
  }

  /** The outputs that are tensors of numbers or booleans, in graph order. */
  public ImmutableList<TensorDescription> outputs() {
    return outputs;
  }

  /**
   * Those of {@link #unsupportedOutputs} that {@link #run} converts to tensors of numbers, as they
   * look then: texts, each as a number that only equal texts have, and the maps of a ZipMap, as
   * rows of scores in the order of the keys.
   */
  public ImmutableList<TensorDescription> convertedOutputs() {
    return convertedOutputs;
  }

  /** Outputs that are not tensors of numbers (strings, sequences, maps): name to what it is. */
  public ImmutableMap<String, String> unsupportedOutputs() {
    return unsupportedOutputs;
  }

  /**
   * Runs the model once.
   *
   * @param values a tensor for each input
   * @param names the outputs to compute, each of {@link #outputs()} or {@link #convertedOutputs()}
   * @return a tensor for each name, in the order of {@code names}, outside ONNX Runtime's memory
   * @throws RuntimeFailure where ONNX Runtime refuses the inputs or fails
   */
  public ImmutableMap<String, Tensor> run(Map<String, Tensor> values, Collection<String> names) {
    checkNames(names);
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      ImmutableMap.Builder<String, OnnxTensor> fed = ImmutableMap.builder();
      for (Map.Entry<String, Tensor> entry : values.entrySet()) {
        Tensor tensor = entry.getValue();
        fed.put(
            entry.getKey(),
            Ort.toOnnx(tensor.isAligned() ? tensor : Tensor.copyOf(tensor), opened));
      }
      OrtSession.Result result = session.run(fed.buildOrThrow(), new LinkedHashSet<>(names));
      opened.add(result);
      ImmutableMap.Builder<String, Tensor> tensors = ImmutableMap.builder();
      for (String name : names) {
        tensors.put(name, read(name, result.get(name).orElseThrow()));
      }
      return tensors.buildOrThrow();
    } catch (OrtException failure) {
      throw Ort.failure(model, subject, "cannot be run", failure);
    } finally {
      Ort.closeAll(opened);
    }
  }

  private void checkNames(Collection<String> names) {
    if (closed) {
      throw new IllegalStateException("The session of " + model + " is closed.");
    }
    for (String name : names) {
      if (unsupportedOutputs.containsKey(name) && !isConverted(name)) {
        throw new RuntimeFailure(
            "%s: output \"%s\" is %s, which cannot be read."
                .formatted(subject.file(), name, unsupportedOutputs.get(name)),
            "Choose a different output, or remove this one from the model.");
      }
      if (!isConverted(name) && outputs.stream().noneMatch(output -> output.name().equals(name))) {
        throw new RuntimeFailure(
            "%s has no output \"%s\"%s."
                .formatted(
                    model,
                    name,
                    Suggestion.forName(
                        name, Iterables.transform(outputs, TensorDescription::name))),
            "Name one of its outputs.");
      }
    }
  }

  private boolean isConverted(String name) {
    return convertedOutputs.stream().anyMatch(output -> output.name().equals(name));
  }

  private Tensor read(String name, OnnxValue value) throws OrtException {
    if (isConverted(name)) {
      return TextOutputs.read(value);
    }
    if (!(value instanceof OnnxTensor tensor)) {
      throw new RuntimeFailure(
          "%s: output \"%s\" came out as %s.".formatted(subject.file(), name, value.getType()),
          "Choose a different output, or remove this one from the model.");
    }
    ElementType type =
        Ort.elementType(tensor.getInfo().onnxType)
            .orElseThrow(
                () ->
                    new RuntimeFailure(
                        "%s: output \"%s\" came out as %s."
                            .formatted(subject.file(), name, tensor.getInfo().onnxType),
                        "Choose a different output, or remove this one from the model."));
    Tensor copy;
    try {
      copy = Tensor.allocate(type, tensor.getInfo().getShape());
    } catch (IllegalArgumentException tooLarge) {
      throw new RuntimeFailure(
          "%s: output \"%s\": %s".formatted(subject.file(), name, tooLarge.getMessage()),
          "Run fewer samples at a time.",
          tooLarge);
    }
    if (copy.elements() > 0) {
      ByteBuffer bytes = tensor.getByteBuffer();
      copy.data().put(bytes);
    }
    return copy;
  }

  /** Frees the model. Closing twice does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      session.close();
    } catch (OrtException failure) {
      throw Ort.failure(model, subject, "cannot be closed", failure);
    }
  }
}
