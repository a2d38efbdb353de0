package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableMap;
import dev.partita.gradient.TrainingGraph;
import dev.partita.runtime.Tensor;
import dev.partita.verify.OutputLoss;
import dev.partita.verify.Reading;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * How far outputs are from the gate's default conditions on held-out samples: the largest loss of
 * an output divided by its limit.
 */
final class HeldOutMeasure {

  private final TrainingGraph graph;
  private final Map<String, OutputLoss> losses = new LinkedHashMap<>();

  /**
   * A measure of nothing so far.
   *
   * @param readings of the outputs that are measured
   */
  HeldOutMeasure(TrainingGraph graph, ImmutableMap<String, Reading> readings) {
    this.graph = graph;
    readings.forEach(
        (value, reading) -> {
          if (graph.watched().contains(value)) {
            losses.put(value, new OutputLoss(reading));
          }
        });
  }

  /**
   * Adds a shard.
   *
   * @param fed what the training graph read, targets and masks among it
   * @param made its values
   */
  void add(Map<String, Tensor> fed, Map<String, Tensor> made) {
    losses.forEach(
        (value, loss) ->
            loss.add(
                tensor(fed, graph.targets().get(value)), tensor(made, value), counts(fed, value)));
  }

  private IntPredicate counts(Map<String, Tensor> fed, String value) {
    String input = graph.masks().get(value);
    if (input == null) {
      return element -> true;
    }
    Tensor mask = tensor(fed, input);
    Tensor target = tensor(fed, graph.targets().get(value));
    int features = target.elements() / Math.max(1, mask.elements());
    return element -> mask.floatAt(element / features) != 0;
  }

  private static Tensor tensor(Map<String, Tensor> from, String name) {
    Tensor found = from.get(name);
    if (found == null) {
      throw new IllegalStateException("No value of " + name + ".");
    }
    return found;
  }

  double ratio() {
    return losses.values().stream().mapToDouble(OutputLoss::ratio).max().orElse(0);
  }
}
