package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** The thread of a shard and the sessions of its stages. */
final class ShardWorker implements AutoCloseable {
  private final String shard;
  private final Semaphore running;
  private final ExecutorService thread;
  private final Map<String, InferenceSession> sessions = new HashMap<>();

  /**
   * A worker without sessions.
   *
   * @param running how many of all workers may compute at a time
   */
  ShardWorker(Shard shard, Semaphore running) {
    this.shard = shard.name();
    this.running = running;
    this.thread =
        Executors.newSingleThreadExecutor(
            new ThreadFactoryBuilder()
                .setNameFormat("partita-" + shard.name().replace("%", "%%"))
                .setDaemon(true)
                .build());
  }

  /**
   * Takes over the session of a stage.
   *
   * @throws DataException if it reads or makes other values than the manifest says
   */
  void add(Stage stage, InferenceSession session) {
    sessions.put(stage.name(), session);
    List<String> inputs = stage.inputs().stream().map(Source::value).map(Value::name).toList();
    List<String> outputs = stage.outputs().stream().map(Value::name).toList();
    if (!names(session.inputs()).equals(inputs) || !names(session.outputs()).equals(outputs)) {
      throw new DataException(
          "%s reads %s and produces %s, but the manifest lists %s and %s."
              .formatted(
                  session.model(),
                  names(session.inputs()),
                  names(session.outputs()),
                  inputs,
                  outputs),
          "Write the folder again with partita shard.");
    }
  }

  private static List<String> names(List<TensorDescription> values) {
    return values.stream().map(TensorDescription::name).toList();
  }

  InferenceSession session(String stage) {
    InferenceSession session = sessions.get(stage);
    if (session == null) {
      throw new IllegalArgumentException("no stage " + stage);
    }
    return session;
  }

  /** Has something done on the shard's thread, after what was asked before. */
  void execute(Runnable work) {
    thread.execute(work);
  }

  /**
   * Runs a stage, on the shard's thread.
   *
   * @throws ShardFailure if that fails
   */
  ImmutableMap<String, Tensor> run(
      String stage, ImmutableMap<String, Tensor> inputs, List<String> outputs) {
    running.acquireUninterruptibly();
    try {
      return session(stage).run(inputs, outputs);
    } catch (RuntimeException failure) {
      throw new ShardFailure(
          shard,
          "The shard \"%s\" failed in its stage \"%s\": %s"
              .formatted(shard, stage, failure.getMessage()),
          failure);
    } finally {
      running.release();
    }
  }

  /** Waits for what the thread still does, then frees the models. */
  @Override
  public void close() {
    thread.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(thread);
    sessions.values().forEach(InferenceSession::close);
  }
}
