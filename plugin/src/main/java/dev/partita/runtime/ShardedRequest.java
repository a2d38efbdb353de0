package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.Value;
import dev.partita.runtime.ShardedSession.StageListener;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** One request on its way through the stages. */
final class ShardedRequest {
  private final ImmutableMap<String, ShardWorker> workers;
  private final ImmutableList<String> names;
  private final StageListener listener;
  private final CompletableFuture<ImmutableMap<String, Tensor>> result = new CompletableFuture<>();
  // By name: a stage as a key would be hashed with all that it says of its values.
  private final Map<String, Stage> needed = new LinkedHashMap<>();
  private final Set<String> readLater = new HashSet<>();

  // What threads of several shards change, under the lock of this object.
  private final Map<String, Tensor> values = new HashMap<>();
  private final Map<String, Set<String>> missing = new HashMap<>();
  private int unfinished;

  ShardedRequest(
      ShardManifest manifest,
      ImmutableMap<String, ShardWorker> workers,
      Map<String, Tensor> inputs,
      ImmutableList<String> names,
      StageListener listener) {
    this.workers = workers;
    this.names = names;
    this.listener = listener;
    values.putAll(inputs);
    ImmutableMap.Builder<String, Stage> byName = ImmutableMap.builder();
    manifest.stages().forEach(stage -> byName.put(stage.name(), stage));
    ImmutableMap<String, Stage> stages = byName.buildOrThrow();
    for (Stage stage : manifest.stages()) {
      if (stage.outputs().stream().anyMatch(output -> names.contains(output.name()))) {
        need(stage, stages);
      }
    }
    readLater.addAll(names);
    for (Stage stage : needed.values()) {
      Set<String> sources = new HashSet<>();
      for (Source input : stage.inputs()) {
        if (input.from() != null) {
          sources.add(input.from());
          readLater.add(input.value().name());
        }
      }
      missing.put(stage.name(), sources);
    }
    unfinished = needed.size();
  }

  private void need(Stage stage, ImmutableMap<String, Stage> stages) {
    if (needed.putIfAbsent(stage.name(), stage) != null) {
      return;
    }
    for (Source input : stage.inputs()) {
      Stage from = input.from() == null ? null : stages.get(input.from());
      if (from != null) {
        need(from, stages);
      }
    }
  }

  /** Hands the first stages to their shards. */
  Future<ImmutableMap<String, Tensor>> start() {
    if (needed.isEmpty()) {
      result.complete(ImmutableMap.of());
    }
    List<String> ready =
        needed.keySet().stream()
            .filter(stage -> missing.getOrDefault(stage, Set.of()).isEmpty())
            .toList();
    ready.forEach(this::submit);
    return result;
  }

  /** Has shards skip what they did not begin; does nothing once the result is there. */
  void abandon() {
    result.cancel(false);
  }

  private void submit(String name) {
    ShardWorker worker = workers.get(name);
    Stage stage = needed.get(name);
    if (worker == null || stage == null) {
      throw new IllegalStateException("no shard for the stage " + name);
    }
    worker.execute(() -> run(worker, stage));
  }

  // Whatever is thrown here would be lost with the thread, and the caller would wait for ever.
  private void run(ShardWorker worker, Stage stage) {
    if (result.isDone()) {
      return;
    }
    try {
      ImmutableMap<String, Tensor> inputs = inputs(stage);
      listener.before(stage.name(), inputs);
      List<String> outputs =
          stage.outputs().stream().map(Value::name).filter(readLater::contains).toList();
      finish(stage, worker.run(stage.name(), inputs, outputs)).forEach(this::submit);
    } catch (RuntimeException | Error failure) {
      result.completeExceptionally(failure);
    }
  }

  private synchronized ImmutableMap<String, Tensor> inputs(Stage stage) {
    ImmutableMap.Builder<String, Tensor> inputs = ImmutableMap.builder();
    for (Source input : stage.inputs()) {
      Tensor value = values.get(input.value().name());
      if (value == null) {
        throw new IllegalStateException(input.value().name() + " is read before it is made");
      }
      inputs.put(input.value().name(), value);
    }
    return inputs.buildOrThrow();
  }

  /** Takes what a stage made, and returns the stages that nothing keeps any more. */
  private synchronized ImmutableSet<String> finish(
      Stage stage, ImmutableMap<String, Tensor> outputs) {
    values.putAll(outputs);
    ImmutableSet.Builder<String> ready = ImmutableSet.builder();
    missing.forEach(
        (waiting, sources) -> {
          if (sources.remove(stage.name()) && sources.isEmpty()) {
            ready.add(waiting);
          }
        });
    unfinished--;
    if (unfinished == 0) {
      ImmutableMap.Builder<String, Tensor> asked = ImmutableMap.builder();
      names.forEach(name -> asked.put(name, values.get(name)));
      result.complete(asked.buildOrThrow());
    }
    return ready.build();
  }
}
