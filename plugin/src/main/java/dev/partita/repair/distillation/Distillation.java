package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import dev.partita.gradient.TrainingGraph;
import dev.partita.runtime.ActivationStore;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * Moves parameters by gradient steps towards what the original computes, and keeps those that did
 * best on samples that were held out; those it began with among them. The result depends on the
 * seed alone, not on the number of threads: a step is a fixed number of shards, each computed on
 * one thread, whose gradients are added in their order.
 */
public final class Distillation {

  /** How often the held-out samples are evaluated during a run; a trial is judged at its end. */
  private static final int CHECKS = 10;

  /** A trial of a rate takes this part of the steps. */
  private static final int TRIAL = 20;

  /** The share of the steps in which the rate rises, so that the first ones do no harm. */
  private static final double WARM_UP = 0.02;

  private final InferenceSession session;
  private final TrainingGraph graph;
  private final Schedule schedule;
  private final Workers workers;

  /**
   * How long and how fast.
   *
   * @param steps how many
   * @param rates candidates for the largest step of a parameter, each tried for a twentieth of the
   *     steps; it is reached after a short rise and falls to nothing as half a cosine does
   * @param shards how many make a step
   * @param shardSize samples of a shard
   * @param mostHeldOut about how many held-out samples are evaluated
   * @param seed of the order of the samples
   */
  public record Schedule(
      int steps,
      ImmutableList<Double> rates,
      int shards,
      int shardSize,
      int mostHeldOut,
      long seed) {}

  /**
   * What came of it.
   *
   * @param parameters in the order of the graph's
   * @param before the mean loss on the held-out samples at the beginning
   * @param after that of the parameters that are returned
   */
  public record Result(ImmutableList<float[]> parameters, double before, double after) {}

  /**
   * A distillation.
   *
   * @param session of the graph's model, with one thread inside an operator
   * @param workers compute shards, one each at a time; their number never changes the result
   */
  public Distillation(
      InferenceSession session, TrainingGraph graph, Schedule schedule, Workers workers) {
    this.workers = workers;
    this.session = session;
    this.graph = graph;
    this.schedule = schedule;
  }

  /**
   * Runs it.
   *
   * @param start the parameters to begin with, of the shapes of the graph's
   * @param train what is learned from
   * @param heldOut what decides
   * @param progress hears the share that is done, 0 to 1
   */
  public Result run(
      List<Tensor> start, ActivationStore train, ActivationStore heldOut, DoubleConsumer progress)
      throws InterruptedException {
    ShardRuns runs = new ShardRuns(session, graph, workers);
    int trial = Math.max(1, schedule.steps() / TRIAL);
    double all = schedule.steps() + (double) trial * schedule.rates().size();
    double best = schedule.rates().get(0);
    Result found = null;
    for (int i = 0; i < schedule.rates().size(); i++) {
      double from = trial * i / all;
      double rate = schedule.rates().get(i);
      Result tried =
          run(
              runs,
              new Pace(trial, rate, 1),
              start,
              train,
              heldOut,
              done -> progress.accept(from + done * trial / all));
      if (found == null || tried.after() < found.after()) {
        best = rate;
        found = tried;
      }
    }
    double from = 1 - schedule.steps() / all;
    Result full =
        run(
            runs,
            new Pace(schedule.steps(), best, CHECKS),
            start,
            train,
            heldOut,
            done -> progress.accept(from + done * schedule.steps() / all));
    return found == null || full.after() < found.after() ? full : found;
  }

  private Result run(
      ShardRuns runs,
      Pace pace,
      List<Tensor> start,
      ActivationStore train,
      ActivationStore heldOut,
      DoubleConsumer progress)
      throws InterruptedException {
    List<float[]> values = start.stream().map(Tensor::toFloats).toList();
    List<Tensor> fed = start.stream().map(Tensor::copyOf).toList();
    List<Adam> optimizers = values.stream().map(value -> new Adam(value.length)).toList();
    Shards shards = new Shards(train, schedule.shardSize(), schedule.seed());
    List<Shards.Shard> check =
        new Shards(heldOut, schedule.shardSize(), 0).ordered(schedule.mostHeldOut());
    double before = runs.loss(fed, heldOut, check);
    double best = before;
    ImmutableList<float[]> kept = copies(values);
    for (int step = 0; step < pace.steps; step++) {
      // A result that is there already does not look for an interrupt.
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      List<Shards.Shard> chosen = new ArrayList<>();
      for (int i = 0; i < schedule.shards(); i++) {
        chosen.add(shards.next());
      }
      List<float[]> gradients = runs.gradients(fed, train, chosen);
      double rate = pace.rate(step);
      workers.forEach(
          values.size(),
          i -> {
            if (!graph.gradients().get(i).isEmpty()) {
              optimizers.get(i).step(values.get(i), gradients.get(i), rate);
              fed.get(i).asFloatBuffer().put(values.get(i));
            }
          });
      boolean last = step == pace.steps - 1;
      if (last || (step + 1) * pace.checks / pace.steps > step * pace.checks / pace.steps) {
        double now = runs.loss(fed, heldOut, check);
        if (now < best) {
          best = now;
          kept = copies(values);
        } else if (!Double.isFinite(now)) {
          break;
        }
      }
      progress.accept((step + 1.0) / pace.steps);
    }
    return new Result(kept, before, best);
  }

  private record Pace(int steps, double rate, int checks) {
    double rate(int step) {
      double done = (step + 0.5) / steps;
      double rise = Math.min(1, done / WARM_UP);
      return rate * rise * 0.5 * (1 + Math.cos(Math.PI * done));
    }
  }

  private static ImmutableList<float[]> copies(List<float[]> values) {
    return values.stream().map(float[]::clone).collect(ImmutableList.toImmutableList());
  }
}
