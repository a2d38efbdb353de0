package dev.partita.repair.moments;

import dev.partita.context.Workspace;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphIndex;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Keeps planning and least squares to as many rows as tell them something: one sample of a sequence
 * model is a row for each of its tokens.
 */
public final class CalibrationRows {

  /** Twenty rows for each input of a layer of 1,536. */
  static final int MOST_ROWS = 1 << 15;

  private static final int MOST_SAMPLES = 256;
  private static final int FEWEST_BATCHES = 16;

  /** Every eighth batch is held out, to choose the ridge on. */
  private static final int HELD_OUT_EVERY = 8;

  private CalibrationRows() {}

  /** Small enough that some batches can be held out of a small data set. */
  public static int batchSize(DataSet data) {
    return Math.max(1, Math.min(MOST_SAMPLES, data.samples() / FEWEST_BATCHES));
  }

  /** Whether a batch serves to choose and to measure, not to fit. */
  public static boolean isHeldOut(int batch) {
    return batch % HELD_OUT_EVERY == HELD_OUT_EVERY - 1;
  }

  /** As many samples, evenly spread, as make up to {@value #MOST_ROWS} rows of the widest layer. */
  public static DataSet limited(
      Workspace workspace, GraphIndex index, List<Region> regions, DataSet data) {
    List<DenseLayer> layers =
        regions.stream()
            .filter(region -> region.graph().isMain())
            .flatMap(region -> region.layers().stream())
            .map(layer -> layer.layer())
            .toList();
    if (layers.isEmpty() || data.samples() <= 2) {
      return data;
    }
    DenseLayer layer = layers.get(0);
    Batch batch = data.batches(1).get(0);
    // A layer makes as many rows as it reads, and what is in front of it is less to run.
    Tensor read = batch.inputs().get(layer.input());
    if (read == null) {
      try (Workspace.Opened opened = workspace.open(index, List.of(layer.input()))) {
        Map<String, Tensor> made = opened.session().run(batch.inputs(), List.of(layer.input()));
        read = Objects.requireNonNull(made.get(layer.input()));
      }
    }
    int rows = new Rows(read, layer.from().axis()).count();
    long each = Math.max(1, rows / batch.samples());
    long most = Math.max(1, MOST_ROWS / each);
    return data.samples() <= most ? data : data.spread((int) most);
  }
}
