package dev.partita.measure;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.measure.BenchReport.Kind;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.InputFacts;
import dev.partita.runtime.SessionOptions;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardOptions;
import dev.partita.runtime.ShardedSession;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Something that can be run again and again on the same inputs. */
interface BenchSubject extends AutoCloseable {

  /** Opens a file as a model and a folder as shards. */
  static BenchSubject open(Path path, BenchOptions options) {
    if (!Files.isDirectory(path)) {
      SessionOptions settings = SessionOptions.SINGLE_THREADED.withThreads(options.threads());
      return new OfModel(InferenceSession.open(path, settings));
    }
    ShardedSession session = ShardedSession.open(path, ShardOptions.onCores(options.threads()));
    try {
      return options.accelerator() == null
          ? new OfFolder(path, session, options.threads())
          : OfShard.of(path, session, options.accelerator());
    } catch (RuntimeException failure) {
      session.close();
      throw failure;
    }
  }

  Path path();

  Kind kind();

  int threads();

  ImmutableList<TensorDescription> inputs();

  /** Takes the inputs of all later runs. */
  void prepare(ImmutableMap<String, Tensor> inputs) throws InterruptedException;

  void run() throws InterruptedException;

  @Override
  void close();

  /** Names of what is to be computed: everything. */
  static List<String> names(ImmutableList<TensorDescription> outputs) {
    return outputs.stream().map(TensorDescription::name).toList();
  }

  /** A model in one session. */
  final class OfModel implements BenchSubject {
    private final InferenceSession session;
    private ImmutableMap<String, Tensor> inputs = ImmutableMap.of();

    OfModel(InferenceSession session) {
      this.session = session;
    }

    @Override
    public Path path() {
      return session.model();
    }

    @Override
    public Kind kind() {
      return Kind.MODEL;
    }

    @Override
    public int threads() {
      return session.options().intraOpThreads();
    }

    @Override
    public ImmutableList<TensorDescription> inputs() {
      return InputFacts.of(session);
    }

    @Override
    public void prepare(ImmutableMap<String, Tensor> values) {
      inputs = values;
    }

    @Override
    public void run() {
      ImmutableMap<String, Tensor> unused = session.run(inputs, names(session.outputs()));
    }

    @Override
    public void close() {
      session.close();
    }
  }

  /** A folder of shards. */
  final class OfFolder implements BenchSubject {
    private final Path folder;
    private final ShardedSession session;
    private final int threads;
    private ImmutableMap<String, Tensor> inputs = ImmutableMap.of();

    OfFolder(Path folder, ShardedSession session, int threads) {
      this.folder = folder;
      this.session = session;
      this.threads = threads;
    }

    @Override
    public Path path() {
      return folder;
    }

    @Override
    public Kind kind() {
      return Kind.SHARDS;
    }

    @Override
    public int threads() {
      return threads;
    }

    @Override
    public ImmutableList<TensorDescription> inputs() {
      return session.inputs();
    }

    @Override
    public void prepare(ImmutableMap<String, Tensor> values) {
      inputs = values;
    }

    @Override
    public void run() throws InterruptedException {
      ImmutableMap<String, Tensor> unused = session.run(inputs, names(session.outputs()));
    }

    @Override
    public void close() {
      session.close();
    }
  }

  /** The stages of one accelerator, on what they were given when the whole folder ran. */
  final class OfShard implements BenchSubject {
    private final Path folder;
    private final ShardedSession session;
    private final Shard shard;
    private final Map<String, ImmutableMap<String, Tensor>> given = new ConcurrentHashMap<>();

    private OfShard(Path folder, ShardedSession session, Shard shard) {
      this.folder = folder;
      this.session = session;
      this.shard = shard;
    }

    static OfShard of(Path folder, ShardedSession session, int accelerator) {
      for (Shard shard : session.manifest().shards()) {
        Integer number = shard.accelerator();
        if (number != null && number == accelerator) {
          return new OfShard(folder, session, shard);
        }
      }
      throw new UsageException(
          "%s has no shard of accelerator %d.".formatted(folder, accelerator),
          "It has shards of %d accelerators, counted from 0."
              .formatted(session.manifest().accelerators()));
    }

    @Override
    public Path path() {
      return folder;
    }

    @Override
    public Kind kind() {
      return Kind.SHARD;
    }

    @Override
    public int threads() {
      return 1;
    }

    @Override
    public ImmutableList<TensorDescription> inputs() {
      return session.inputs();
    }

    @Override
    public void prepare(ImmutableMap<String, Tensor> values) throws InterruptedException {
      ImmutableMap<String, Tensor> unused =
          session.run(values, names(session.outputs()), given::put);
    }

    @Override
    public void run() {
      for (Stage stage : shard.stages()) {
        InferenceSession alone = session.session(stage.name());
        ImmutableMap<String, Tensor> inputs = given.getOrDefault(stage.name(), ImmutableMap.of());
        ImmutableMap<String, Tensor> unused = alone.run(inputs, names(alone.outputs()));
      }
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
