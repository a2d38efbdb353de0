package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A rewritten model that runs from a folder of shards: one thread for each shard, which is one
 * accelerator's part or the rest, and one ONNX Runtime session for each of its stages. A stage
 * starts as soon as everything that it reads is made, so that branches run side by side; stages of
 * one shard follow one another, as on one accelerator.
 *
 * <p>Requests may be made from many threads at once. One that fails does so alone.
 */
public final class ShardedSession implements AutoCloseable {
  private final Path folder;
  private final ShardManifest manifest;
  private final ImmutableMap<String, ShardWorker> workers;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private ShardedSession(
      Path folder, ShardManifest manifest, ImmutableMap<String, ShardWorker> workers) {
    this.folder = folder;
    this.manifest = manifest;
    this.workers = workers;
  }

  /** Opens a folder with the default options. */
  public static ShardedSession open(Path folder) {
    return open(folder, ShardOptions.DEFAULT);
  }

  /**
   * Opens a folder: reads its manifest, checks the SHA-256 of every file, and loads every model.
   *
   * @throws DataException if the manifest is missing or does not fit together, or a file is not the
   *     one that was written
   * @throws RuntimeFailure if ONNX Runtime refuses a model
   */
  public static ShardedSession open(Path folder, ShardOptions options) {
    ShardManifest manifest = ManifestReader.read(folder);
    Semaphore running = new Semaphore(options.running(), true);
    List<ShardWorker> opened = new ArrayList<>();
    ImmutableMap.Builder<String, ShardWorker> workers = ImmutableMap.builder();
    try {
      for (Shard shard : manifest.shards()) {
        int threads = shard.accelerator() == null ? options.restThreads() : 1;
        ShardWorker worker = new ShardWorker(shard, running);
        opened.add(worker);
        for (Stage stage : shard.stages()) {
          Path model = ShardFiles.verified(folder, stage);
          // A pool that spins behind the rest's last operator takes a core from the branches.
          SessionOptions settings =
              SessionOptions.SINGLE_THREADED
                  .withThreads(threads)
                  .withConfiguration(ImmutableMap.of("session.intra_op.allow_spinning", "0"));
          worker.add(stage, InferenceSession.open(model, settings));
          workers.put(stage.name(), worker);
        }
      }
      return new ShardedSession(folder, manifest, workers.buildOrThrow());
    } catch (RuntimeException failure) {
      opened.forEach(ShardWorker::close);
      throw failure;
    }
  }

  /** What the folder holds. */
  public ShardManifest manifest() {
    return manifest;
  }

  /** What a request must give, in graph order. */
  public ImmutableList<TensorDescription> inputs() {
    return descriptions(manifest.inputs());
  }

  /** What a request may ask for, in graph order. */
  public ImmutableList<TensorDescription> outputs() {
    return descriptions(manifest.outputs());
  }

  private static ImmutableList<TensorDescription> descriptions(List<Value> values) {
    return values.stream().map(Value::description).collect(ImmutableList.toImmutableList());
  }

  /**
   * Computes outputs of the model, and waits for them.
   *
   * @param values a tensor for each input
   * @param names the outputs to compute, each of {@link #outputs()}; no stage runs that they do not
   *     need
   * @return a tensor for each name, in the order of {@code names}
   * @throws RuntimeFailure if a name is unknown or an input is missing
   * @throws ShardFailure if the session of a shard fails; other requests go on
   * @throws InterruptedException if the calling thread is interrupted; what is under way ends
   */
  public ImmutableMap<String, Tensor> run(Map<String, Tensor> values, Collection<String> names)
      throws InterruptedException {
    return run(values, names, (stage, inputs) -> {});
  }

  /** {@link #run(Map, Collection)}, telling what each stage is given, on the shards' threads. */
  public ImmutableMap<String, Tensor> run(
      Map<String, Tensor> values, Collection<String> names, StageListener listener)
      throws InterruptedException {
    Lock open = lock.readLock();
    open.lock();
    try {
      if (closed) {
        throw new IllegalStateException("The shards of " + folder + " are closed.");
      }
      checkNames(values, names);
      ShardedRequest request =
          new ShardedRequest(manifest, workers, values, ImmutableList.copyOf(names), listener);
      return result(request);
    } finally {
      open.unlock();
    }
  }

  private static ImmutableMap<String, Tensor> result(ShardedRequest request)
      throws InterruptedException {
    try {
      return request.start().get();
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause();
      // A new exception, so that the caller's own stack is in its trace.
      if (cause instanceof ShardFailure shard) {
        throw new ShardFailure(shard.shard(), shard.getMessage(), shard);
      }
      throw new IllegalStateException("a shard ended in an unexpected way", cause);
    } finally {
      // Does nothing to a request that is done; what waits for a shard's thread goes otherwise.
      request.abandon();
    }
  }

  private void checkNames(Map<String, Tensor> values, Collection<String> names) {
    for (String name : values.keySet()) {
      if (inputs().stream().noneMatch(input -> input.name().equals(name))) {
        throw unknown("input", name, inputs());
      }
    }
    for (String name : names) {
      if (outputs().stream().noneMatch(output -> output.name().equals(name))) {
        throw unknown("output", name, outputs());
      }
    }
    for (TensorDescription input : inputs()) {
      Tensor given = values.get(input.name());
      if (given == null) {
        throw new RuntimeFailure(
            "%s: the request has no input \"%s\".".formatted(folder, input.name()),
            "Give an array for every input of the manifest.");
      }
      if (given.type() != input.type()) {
        throw new RuntimeFailure(
            "%s: the input \"%s\" is %s, not %s."
                .formatted(folder, input.name(), input.type().label(), given.type().label()),
            "Convert the array to the type of the input.");
      }
    }
  }

  private RuntimeFailure unknown(String kind, String name, List<TensorDescription> known) {
    return new RuntimeFailure(
        "%s has no %s \"%s\"%s."
            .formatted(
                folder,
                kind,
                name,
                Suggestion.forName(name, Iterables.transform(known, TensorDescription::name))),
        "Use a name that the manifest lists.");
  }

  /**
   * The session of a stage, to run it alone, on inputs that {@link StageListener} saw.
   *
   * @throws IllegalArgumentException if there is no such stage
   */
  public InferenceSession session(String stage) {
    ShardWorker worker = workers.get(stage);
    if (worker == null) {
      throw new IllegalArgumentException("no stage " + stage);
    }
    return worker.session(stage);
  }

  /** Is told of each stage of a request just before it runs. */
  @FunctionalInterface
  public interface StageListener {
    /** Called on the thread of the stage's shard. */
    void before(String stage, ImmutableMap<String, Tensor> inputs);
  }

  /** Waits for requests that are under way, then frees every model. Closing twice does nothing. */
  @Override
  public void close() {
    Lock exclusive = lock.writeLock();
    exclusive.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      workers.values().stream().distinct().forEach(ShardWorker::close);
    } finally {
      exclusive.unlock();
    }
  }
}
