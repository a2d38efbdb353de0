package dev.partita.optimize;

import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.model.StagedModel;
import dev.partita.model.Subgraph;
import dev.partita.model.TemporaryFolder;
import dev.partita.runtime.InferenceSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** A temporary folder for models that only this run looks at. */
final class Workspace implements AutoCloseable {

  private final TemporaryFolder folder;
  private int count;

  Workspace() {
    try {
      this.folder = TemporaryFolder.ofSystem("partita-run-");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary folder", e);
    }
  }

  /** A session that computes some float32 values of a model, and what else they need. */
  Opened open(GraphIndex index, List<String> values) {
    OnnxModel cut = Subgraph.computing(index, values);
    StagedModel staged =
        StagedModel.edited(index.model(), cut, folder.path().resolve("part" + count++ + ".onnx"));
    try {
      return new Opened(InferenceSession.open(staged.path()), staged);
    } catch (RuntimeException e) {
      staged.close();
      throw e;
    }
  }

  /** A session and the file it was opened from. */
  record Opened(InferenceSession session, StagedModel staged) implements AutoCloseable {
    @Override
    public void close() {
      try {
        session.close();
      } finally {
        staged.close();
      }
    }
  }

  Path folder() {
    return folder.path();
  }

  @Override
  public void close() {
    folder.close();
  }
}
