package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableMap;
import dev.partita.gradient.TrainingGraph;
import dev.partita.runtime.ActivationStore;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import dev.partita.verify.Reading;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Computes losses and gradients of shards, several side by side. Sums are taken in the order of the
 * shards, so they do not depend on the number of threads.
 */
final class ShardRuns {

  private final InferenceSession session;
  private final TrainingGraph graph;
  private final Workers workers;
  private final List<String> fetched;

  /**
   * A runner.
   *
   * @param session of the graph's model, with one thread inside an operator; not closed here
   */
  ShardRuns(InferenceSession session, TrainingGraph graph, Workers workers) {
    this.session = session;
    this.graph = graph;
    this.workers = workers;
    this.fetched = graph.gradients().stream().filter(name -> !name.isEmpty()).distinct().toList();
  }

  /** The mean gradient of each parameter over the samples of the shards. */
  List<float[]> gradients(List<Tensor> fed, ActivationStore from, List<Shards.Shard> shards)
      throws InterruptedException {
    List<Map<String, Tensor>> made = run(fed, from, shards, fetched);
    double all = shards.stream().mapToInt(Shards.Shard::samples).sum() * graph.scale();
    List<float[]> sums = new ArrayList<>();
    fed.forEach(tensor -> sums.add(new float[tensor.elements()]));
    workers.forEach(
        sums.size(),
        i -> {
          String name = graph.gradients().get(i);
          float[] sum = sums.get(i);
          float[] part = new float[sum.length];
          for (int shard = 0; shard < shards.size() && !name.isEmpty(); shard++) {
            float share = (float) (shards.get(shard).samples() / all);
            made.get(shard).get(name).asFloatBuffer().get(part);
            for (int k = 0; k < sum.length; k++) {
              sum[k] += share * part[k];
            }
          }
        });
    return sums;
  }

  /** The mean loss over the samples of the shards. */
  double loss(List<Tensor> fed, ActivationStore from, List<Shards.Shard> shards)
      throws InterruptedException {
    double[] sum = new double[1];
    workers.inOrder(
        shards,
        shard ->
            run(fed, from, shard, List.of(graph.loss())).get(graph.loss()).floatAt(0)
                * (double) shard.samples(),
        loss -> sum[0] += loss);
    return sum[0] / shards.stream().mapToDouble(Shards.Shard::samples).sum();
  }

  /** The measure of outputs over the samples of the shards. */
  double measure(
      ImmutableMap<String, Reading> readings,
      List<Tensor> fed,
      ActivationStore from,
      List<Shards.Shard> shards)
      throws InterruptedException {
    HeldOutMeasure measure = new HeldOutMeasure(graph, readings);
    List<String> watched = graph.watched().asList();
    workers.inOrder(
        shards,
        shard -> {
          Map<String, Tensor> inputs = inputs(fed, from, shard);
          return new Pass(inputs, session.run(inputs, watched));
        },
        pass -> measure.add(pass.fed, pass.made));
    return measure.ratio();
  }

  private record Pass(Map<String, Tensor> fed, Map<String, Tensor> made) {}

  private List<Map<String, Tensor>> run(
      List<Tensor> fed, ActivationStore from, List<Shards.Shard> shards, List<String> names)
      throws InterruptedException {
    List<Map<String, Tensor>> made = new ArrayList<>();
    workers.inOrder(shards, shard -> run(fed, from, shard, names), made::add);
    return made;
  }

  private Map<String, Tensor> run(
      List<Tensor> fed, ActivationStore from, Shards.Shard shard, List<String> names) {
    return session.run(inputs(fed, from, shard), names);
  }

  private Map<String, Tensor> inputs(List<Tensor> fed, ActivationStore from, Shards.Shard shard) {
    Map<String, Tensor> inputs = new LinkedHashMap<>(from.gather(shard.group(), shard.members()));
    for (int i = 0; i < fed.size(); i++) {
      inputs.put(graph.parameters().get(i), fed.get(i));
    }
    return inputs;
  }
}
