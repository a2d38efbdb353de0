package dev.partita.gradient;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Holds the gradients of a small model against differences of its loss along random directions. The
 * parameters are all initializers whose name begins with {@code p}; what {@code y} is held against
 * is random.
 */
final class GradientTester {

  private static final double STEP = 4e-3;
  private static final int DIRECTIONS = 4;

  private final Path folder;

  GradientTester(Path folder) {
    this.folder = folder;
  }

  /** The largest difference between slope and gradient, over the length of the gradient. */
  double error(ModelProto model, Loss.Kind kind, String... ends) {
    GraphIndex index = new GraphIndex(new OnnxModel(model, folder.resolve("none"), 0));
    List<Parameter> parameters = new ArrayList<>();
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getName().startsWith("p") && !index.consumers(tensor.getName()).isEmpty()) {
        parameters.add(parameter(tensor));
      }
    }
    assertThat(parameters).isNotEmpty();
    ForwardGraph forward = ForwardGraph.of(index, parameters, List.of(ends));
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < parameters.size(); i++) {
      values.put(forward.inputs().get(i), random(random, parameters.get(i).shape().toArray(), 0.5));
    }
    Map<String, ValueType> types = new HashMap<>();
    Map<String, Tensor> made = new HashMap<>();
    try (InferenceSession session = open(forward.computing(forward.computed()))) {
      for (TensorDescription input : session.inputs()) {
        long[] shape = input.shape().stream().map(dim -> dim < 0 ? 3 : dim).toArray();
        values.putIfAbsent(input.name(), random(random, shape, 1));
      }
      made.putAll(session.run(values, forward.computed()));
    }
    made.putAll(values);
    made.values().removeIf(tensor -> !tensor.type().isNumber());
    made.forEach((name, tensor) -> types.put(name, type(tensor)));
    List<Loss> losses = new ArrayList<>();
    for (String end : ends) {
      losses.add(new Loss(end, kind, 0.7, 1));
    }
    TrainingGraph training =
        TrainingGraph.of(
            forward, losses, types, ImmutableSet.of(), ImmutableSet.of(), ImmutableSet.of());
    for (String end : ends) {
      Tensor like = made.get(end);
      values.put(training.targets().get(end), random(random, like.shape().toArray(), 1));
    }
    return error(training, values, random);
  }

  private double error(
      TrainingGraph training, Map<String, Tensor> values, SplittableRandom random) {
    values
        .keySet()
        .removeIf(
            name ->
                !training.parameters().contains(name)
                    && !training.targets().containsValue(name)
                    && !training.fed().contains(name));
    double worst = 0;
    try (InferenceSession session = open(training.model())) {
      Map<String, Tensor> gradients = session.run(values, names(training));
      double length = 0;
      for (String name : training.gradients()) {
        for (float part : gradients.get(name).toFloats()) {
          length += (double) part * part;
        }
      }
      assertThat(length).isGreaterThan(0);
      for (int i = 0; i < DIRECTIONS; i++) {
        Map<String, Tensor> up = new HashMap<>(values);
        Map<String, Tensor> down = new HashMap<>(values);
        double expected = 0;
        double moved = 0;
        for (int p = 0; p < training.parameters().size(); p++) {
          Tensor at = values.get(training.parameters().get(p));
          float[] gradient = gradients.get(training.gradients().get(p)).toFloats();
          float[] upper = at.toFloats();
          float[] lower = at.toFloats();
          for (int k = 0; k < upper.length; k++) {
            // Along the gradient first, where the slope is steepest.
            double direction =
                i == 0 ? gradient[k] / Math.sqrt(length) : random.nextGaussian() / upper.length;
            upper[k] += (float) (STEP * direction);
            lower[k] -= (float) (STEP * direction);
            expected += direction * gradient[k];
            moved += direction * direction;
          }
          up.put(training.parameters().get(p), Tensor.of(upper, at.shape().toArray()));
          down.put(training.parameters().get(p), Tensor.of(lower, at.shape().toArray()));
        }
        double slope = (loss(session, training, up) - loss(session, training, down)) / (2 * STEP);
        worst = Math.max(worst, Math.abs(slope - expected) / Math.sqrt(length * moved));
      }
    }
    return worst;
  }

  private static double loss(
      InferenceSession session, TrainingGraph training, Map<String, Tensor> values) {
    return session.run(values, List.of(training.loss())).get(training.loss()).floatAt(0);
  }

  private static ImmutableSet<String> names(TrainingGraph training) {
    return ImmutableSet.copyOf(training.gradients());
  }

  private static Parameter parameter(TensorProto tensor) {
    ImmutableLongArray dims =
        ImmutableLongArray.copyOf(tensor.getDimsList().stream().mapToLong(Long::longValue));
    if (tensor.getName().startsWith("ptransposed")) {
      return Parameter.weight(
          tensor.getName(),
          Math.toIntExact(dims.get(1)),
          Math.toIntExact(dims.get(0)),
          true,
          dims,
          ElementType.FLOAT);
    }
    if (dims.length() == 1) {
      return Parameter.shift(
          tensor.getName(), Math.toIntExact(dims.get(0)), dims, ElementType.FLOAT);
    }
    return new Parameter(tensor.getName(), dims, false, dims, ElementType.FLOAT, false);
  }

  private static ValueType type(Tensor tensor) {
    return new ValueType(tensor.type(), tensor.shape());
  }

  private static Tensor random(SplittableRandom random, long[] shape, double size) {
    Tensor tensor = Tensor.allocate(ElementType.FLOAT, shape);
    for (int i = 0; i < tensor.elements(); i++) {
      tensor.asFloatBuffer().put(i, (float) (size * random.nextGaussian()));
    }
    return tensor;
  }

  private InferenceSession open(OnnxModel model) {
    try {
      Path file = Files.createTempFile(folder, "gradient", ".onnx");
      Files.write(file, model.proto().toByteArray());
      return InferenceSession.open(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
