package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.gradient.TrainingGraph;
import dev.partita.runtime.ActivationStore;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import dev.partita.verify.Reading;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
  private final ImmutableMap<String, Reading> measured;
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
   * @param before the measure on the held-out samples at the beginning: the largest loss of an
   *     output by its limit, or the mean loss where all outputs are scores
   * @param after that of the parameters that are returned
   * @param rate the largest step of a parameter
   */
  public record Result(
      ImmutableList<float[]> parameters, double before, double after, double rate) {

    public boolean isBetter() {
      return after < before;
    }
  }

  /**
   * A distillation.
   *
   * @param session of the graph's model, with one thread inside an operator
   * @param measured the outputs that decide what is kept, with their readings; the loss decides
   *     where there is none
   * @param workers compute shards, one each at a time; their number never changes the result
   */
  public Distillation(
      InferenceSession session,
      TrainingGraph graph,
      ImmutableMap<String, Reading> measured,
      Schedule schedule,
      Workers workers) {
    this.workers = workers;
    this.measured = measured;
    this.session = session;
    this.graph = graph;
    this.schedule = schedule;
  }

  /** The steps of {@link #trial} for each one of the run itself. */
  public double trialShare() {
    return (double) trialSteps() * schedule.rates().size() / schedule.steps();
  }

  private int trialSteps() {
    return Math.max(1, schedule.steps() / TRIAL);
  }

  /**
   * Tries the rates, each for a twentieth of the steps.
   *
   * @param start the parameters to begin with, of the shapes of the graph's
   * @param train what is learned from
   * @param heldOut what decides
   * @param progress hears the share that is done, 0 to 1
   * @return what the best rate came to
   */
  public Result trial(
      List<Tensor> start, ActivationStore train, ActivationStore heldOut, DoubleConsumer progress)
      throws InterruptedException {
    ShardRuns runs = new ShardRuns(session, graph, workers);
    Result found = null;
    int rates = schedule.rates().size();
    for (int i = 0; i < rates; i++) {
      int index = i;
      Result tried =
          run(
              runs,
              new Pace(trialSteps(), schedule.rates().get(i), 1),
              start,
              train,
              heldOut,
              done -> progress.accept((index + done) / rates));
      if (found == null || tried.after() < found.after()) {
        found = tried;
      }
    }
    return Objects.requireNonNull(found);
  }

  /**
   * Runs all steps.
   *
   * @param tried what a trial came to, which gives the rate
   * @return the better one of both
   */
  public Result run(
      Result tried,
      List<Tensor> start,
      ActivationStore train,
      ActivationStore heldOut,
      DoubleConsumer progress)
      throws InterruptedException {
    Result full =
        run(
            new ShardRuns(session, graph, workers),
            new Pace(schedule.steps(), tried.rate(), CHECKS),
            start,
            train,
            heldOut,
            progress);
    return full.after() < tried.after() ? full : tried;
  }

  private double measure(
      ShardRuns runs, List<Tensor> fed, ActivationStore heldOut, List<Shards.Shard> check)
      throws InterruptedException {
    return measured.isEmpty()
        ? runs.loss(fed, heldOut, check)
        : runs.measure(measured, fed, heldOut, check);
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
    double before = measure(runs, fed, heldOut, check);
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
        double now = measure(runs, fed, heldOut, check);
        if (now < best) {
          best = now;
          kept = copies(values);
        } else if (!Double.isFinite(now)) {
          break;
        }
      }
      progress.accept((step + 1.0) / pace.steps);
    }
    return new Result(kept, before, best, pace.rate);
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
