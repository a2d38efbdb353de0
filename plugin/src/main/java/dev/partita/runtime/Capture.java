package dev.partita.runtime;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Streams a data set through a model.
 *
 * <p>Batches are computed side by side, each on one thread, and handed over in order: so the bytes
 * that arrive are the same whatever the number of threads.
 */
public final class Capture {
  private Capture() {}

  /**
   * A session and what to take from it.
   *
   * @param session opened with one thread inside an operator; not closed here
   * @param outputs names of the graph outputs to hand over
   * @param given what the session reads in addition to the data, by batch
   */
  public record Probe(
      InferenceSession session,
      List<String> outputs,
      Function<Batch, ImmutableMap<String, Tensor>> given) {

    /** A session that reads the data alone. */
    public Probe(InferenceSession session, List<String> outputs) {
      this(session, outputs, batch -> ImmutableMap.of());
    }

    private ImmutableMap<String, Tensor> run(Batch batch, ImmutableMap<String, Tensor> inputs) {
      ImmutableMap<String, Tensor> more = given.apply(batch);
      ImmutableMap<String, Tensor> all =
          more.isEmpty()
              ? inputs
              : ImmutableMap.<String, Tensor>builder().putAll(inputs).putAll(more).buildOrThrow();
      return session.run(all, outputs);
    }
  }

  /** Takes what several sessions make of one batch, a map for each probe. */
  @FunctionalInterface
  public interface JointConsumer {
    /** Called on one thread, in the order of the batches. */
    void accept(Batch batch, List<ImmutableMap<String, Tensor>> outputs);
  }

  /**
   * Runs every batch and hands over its outputs, on the calling thread. At most {@code threads + 1}
   * batches are held at a time.
   *
   * @param session opened with one thread inside an operator; not closed here
   * @param data the samples
   * @param mostSamples the largest batch
   * @param outputs names of the graph outputs to hand over
   * @param threads how many batches are computed side by side, at least 1
   * @param consumer what takes them; its exception ends the stream and is passed on
   * @throws RuntimeFailure where a run fails
   * @throws InterruptedException where the calling thread is interrupted; no run is under way then
   */
  public static void stream(
      InferenceSession session,
      DataSet data,
      int mostSamples,
      List<String> outputs,
      int threads,
      BatchConsumer consumer)
      throws InterruptedException {
    streamAll(
        List.of(new Probe(session, outputs)),
        data,
        mostSamples,
        threads,
        (batch, results) -> consumer.accept(batch, results.get(0)));
  }

  /** {@link #stream} with the same batches through several sessions. */
  public static void streamAll(
      List<Probe> probes, DataSet data, int mostSamples, int threads, JointConsumer consumer)
      throws InterruptedException {
    streamAll(probes, data.batches(mostSamples), threads, consumer);
  }

  /** {@link #streamAll} for some of the batches of a data set. */
  public static void streamAll(
      List<Probe> probes, List<Batch> batches, int threads, JointConsumer consumer)
      throws InterruptedException {
    for (Probe probe : probes) {
      if (probe.session().options().intraOpThreads() != 1) {
        throw new IllegalArgumentException(
            "Capture needs a session with 1 thread, or results would depend on their number; this one has "
                + probe.session().options().intraOpThreads()
                + ".");
      }
    }
    if (threads < 1) {
      throw new IllegalArgumentException("Capture needs at least 1 thread, not " + threads + ".");
    }
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.max(1, Math.min(threads, batches.size())),
            new ThreadFactoryBuilder().setNameFormat("partita-capture-%d").setDaemon(true).build());
    try {
      Queue<Running> running = new ArrayDeque<>();
      Iterator<Batch> next = batches.iterator();
      while (next.hasNext() || !running.isEmpty()) {
        while (next.hasNext() && running.size() <= threads) {
          Batch batch = next.next();
          running.add(new Running(batch, pool.submit(() -> run(probes, batch))));
        }
        Running head = running.remove();
        consumer.accept(head.batch, result(head.outputs));
      }
    } finally {
      pool.shutdownNow();
      // Whoever called may close the session next, so nothing may still use it.
      Uninterruptibles.awaitTerminationUninterruptibly(pool);
    }
  }

  private static List<ImmutableMap<String, Tensor>> run(List<Probe> probes, Batch batch) {
    ImmutableMap<String, Tensor> inputs = batch.inputs();
    return probes.stream().map(probe -> probe.run(batch, inputs)).toList();
  }

  private static List<ImmutableMap<String, Tensor>> result(
      Future<List<ImmutableMap<String, Tensor>>> outputs) throws InterruptedException {
    // A future that is done already does not look for an interrupt.
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    try {
      return outputs.get();
    } catch (ExecutionException failure) {
      Throwables.throwIfUnchecked(failure.getCause());
      throw new IllegalStateException(failure.getCause());
    }
  }

  private record Running(Batch batch, Future<List<ImmutableMap<String, Tensor>>> outputs) {}
}
