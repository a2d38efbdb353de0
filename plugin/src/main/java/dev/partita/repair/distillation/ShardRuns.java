package dev.partita.repair.distillation;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.partita.gradient.TrainingGraph;
import dev.partita.runtime.ActivationStore;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Computes losses and gradients of shards, several side by side. Sums are taken in the order of the
 * shards, so that they do not depend on the number of threads.
 */
final class ShardRuns implements AutoCloseable {

  private final InferenceSession session;
  private final TrainingGraph graph;
  private final int threads;
  private final List<String> fetched;
  private final ExecutorService pool;

  /**
   * A runner.
   *
   * @param session of the graph's model, with one thread inside an operator; not closed here
   */
  ShardRuns(InferenceSession session, TrainingGraph graph, int threads) {
    this.session = session;
    this.graph = graph;
    this.threads = threads;
    this.fetched = graph.gradients().stream().filter(name -> !name.isEmpty()).distinct().toList();
    this.pool =
        Executors.newFixedThreadPool(
            threads,
            new ThreadFactoryBuilder().setNameFormat("partita-distil-%d").setDaemon(true).build());
  }

  /** The mean gradient of each parameter over the samples of the shards. */
  List<float[]> gradients(List<Tensor> fed, ActivationStore from, List<Shards.Shard> shards)
      throws InterruptedException {
    List<Map<String, Tensor>> made = run(fed, from, shards, fetched);
    double all = shards.stream().mapToInt(Shards.Shard::samples).sum() * graph.scale();
    List<float[]> sums = new ArrayList<>();
    fed.forEach(tensor -> sums.add(new float[tensor.elements()]));
    parallel(sums.size())
        .forEach(
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
    double sum = 0;
    double samples = 0;
    int atOnce = Math.max(1, threads);
    for (int first = 0; first < shards.size(); first += atOnce) {
      List<Shards.Shard> some = shards.subList(first, Math.min(shards.size(), first + atOnce));
      List<Map<String, Tensor>> made = run(fed, from, some, List.of(graph.loss()));
      for (int i = 0; i < some.size(); i++) {
        sum += made.get(i).get(graph.loss()).floatAt(0) * (double) some.get(i).samples();
        samples += some.get(i).samples();
      }
    }
    return sum / samples;
  }

  private List<Map<String, Tensor>> run(
      List<Tensor> fed, ActivationStore from, List<Shards.Shard> shards, List<String> names)
      throws InterruptedException {
    List<Future<Map<String, Tensor>>> running = new ArrayList<>();
    for (Shards.Shard shard : shards) {
      running.add(
          pool.submit(
              () -> {
                Map<String, Tensor> inputs =
                    new LinkedHashMap<>(from.gather(shard.group(), shard.members()));
                for (int i = 0; i < fed.size(); i++) {
                  inputs.put(graph.parameters().get(i), fed.get(i));
                }
                return session.run(inputs, names);
              }));
    }
    List<Map<String, Tensor>> made = new ArrayList<>();
    for (Future<Map<String, Tensor>> each : running) {
      try {
        made.add(each.get());
      } catch (ExecutionException failure) {
        Throwables.throwIfUnchecked(failure.getCause());
        throw new IllegalStateException(failure.getCause());
      }
    }
    return made;
  }

  /** Goes over independent things, side by side where threads allow. */
  IntStream parallel(int count) {
    IntStream all = IntStream.range(0, count);
    return threads > 1 ? all.parallel() : all;
  }

  /** Returns when no run is under way, since whoever called closes the session next. */
  @Override
  public void close() {
    pool.shutdownNow();
    Uninterruptibles.awaitTerminationUninterruptibly(pool);
  }
}
