package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import dev.partita.workers.Workers;
import java.util.List;
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
   * Runs every batch and hands over its outputs, on the calling thread. At most one batch more than
   * there are threads is held at a time.
   *
   * @param session opened with one thread inside an operator; not closed here
   * @param data the samples
   * @param mostSamples the largest batch
   * @param outputs names of the graph outputs to hand over
   * @param workers compute batches, one each at a time
   * @param consumer what takes them; its exception ends the stream and is passed on
   * @throws RuntimeFailure where a run fails
   * @throws InterruptedException where the calling thread is interrupted; no run is under way then
   */
  public static void stream(
      InferenceSession session,
      DataSet data,
      int mostSamples,
      List<String> outputs,
      Workers workers,
      BatchConsumer consumer)
      throws InterruptedException {
    streamAll(
        List.of(new Probe(session, outputs)),
        data,
        mostSamples,
        workers,
        (batch, results) -> consumer.accept(batch, results.get(0)));
  }

  /** {@link #stream} with the same batches through several sessions. */
  public static void streamAll(
      List<Probe> probes, DataSet data, int mostSamples, Workers workers, JointConsumer consumer)
      throws InterruptedException {
    streamAll(probes, data.batches(mostSamples), workers, consumer);
  }

  /** {@link #streamAll} for some of the batches of a data set. */
  public static void streamAll(
      List<Probe> probes, List<Batch> batches, Workers workers, JointConsumer consumer)
      throws InterruptedException {
    for (Probe probe : probes) {
      if (probe.session().options().intraOpThreads() != 1) {
        throw new IllegalArgumentException(
            "Capture needs a session with 1 thread, or results would depend on their number; this one has "
                + probe.session().options().intraOpThreads()
                + ".");
      }
    }
    workers.inOrder(
        batches,
        batch -> new Ran(batch, run(probes, batch)),
        ran -> consumer.accept(ran.batch, ran.outputs));
  }

  private static List<ImmutableMap<String, Tensor>> run(List<Probe> probes, Batch batch) {
    ImmutableMap<String, Tensor> inputs = batch.inputs();
    return probes.stream().map(probe -> probe.run(batch, inputs)).toList();
  }

  private record Ran(Batch batch, List<ImmutableMap<String, Tensor>> outputs) {}
}
