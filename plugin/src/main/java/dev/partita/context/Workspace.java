package dev.partita.context;

import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.StagedModel;
import dev.partita.model.Subgraph;
import dev.partita.model.TemporaryFolder;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.SessionOptions;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A temporary folder for the models of this run alone. */
public final class Workspace implements AutoCloseable {

  private final TemporaryFolder folder;
  private final Path scratchFolder;
  private final Workers workers;
  private int count;

  /**
   * A workspace in the system's temporary folder.
   *
   * @param output the folder that the result goes to, whose disk has to have room for it anyway:
   *     new weights are gathered there, since a temporary folder may lie in memory; null where
   *     nothing is written
   * @param workers the threads of the run; not closed here
   */
  public Workspace(@Nullable Path output, Workers workers) {
    this.workers = workers;
    try {
      this.folder = TemporaryFolder.ofSystem("partita-run-");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary folder", e);
    }
    this.scratchFolder = output == null ? folder.path() : output;
  }

  /** A session that computes some float32 values of a model, and what else they need. */
  public Opened open(GraphIndex index, List<String> values) {
    return open(index.model(), Subgraph.computing(index, values));
  }

  /** A session of a model that was made from another, whose external data it may name. */
  public Opened open(OnnxModel before, OnnxModel model) {
    StagedModel staged =
        StagedModel.edited(before, model, folder.path().resolve("part" + count++ + ".onnx"));
    try {
      return new Opened(
          InferenceSession.open(
              staged.path(),
              SessionOptions.SINGLE_THREADED,
              new InferenceSession.Subject(before.source(), "measuring activations")),
          staged);
    } catch (RuntimeException e) {
      staged.close();
      throw e;
    }
  }

  /** A session and the file it was opened from. */
  public record Opened(InferenceSession session, StagedModel staged) implements AutoCloseable {
    @Override
    public void close() {
      try {
        session.close();
      } finally {
        staged.close();
      }
    }
  }

  /** Room for the new weights of one rewritten model; the caller closes it. */
  public Scratch scratch() {
    return Scratch.in(scratchFolder, workers);
  }

  /** The threads of the run. */
  public Workers workers() {
    return workers;
  }

  public Path folder() {
    return folder.path();
  }

  @Override
  public void close() {
    folder.close();
  }
}
