package dev.partita.context;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.partita.model.GraphIndex;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Capture;
import dev.partita.runtime.Capture.Probe;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the model makes of data in front of everything that is rewritten, computed once: rewritten
 * models are run from there.
 */
public final class Fronts {

  /** Larger values are computed again rather than kept. */
  private static final long MOST_BYTES = 64L << 20;

  private static final int MOST_FRONTS = 4;

  private final Map<Key, Front> fronts = new HashMap<>();

  /** Data sets are the same where they are one object. */
  private record Key(ImmutableList<String> values, DataSet data, int batchSize) {}

  /**
   * Values of every batch of a data set.
   *
   * @param batches a map for each batch
   */
  public record Front(ImmutableList<ImmutableMap<String, Tensor>> batches) {

    /** Nothing is known. */
    public static final Front NONE = new Front(ImmutableList.of());

    /** Those of some values that are known. */
    public ImmutableMap<String, Tensor> of(Batch batch, Collection<String> values) {
      return batches.isEmpty()
          ? ImmutableMap.of()
          : ImmutableMap.copyOf(Maps.filterKeys(batches.get(batch.index()), values::contains));
    }

    /** The known values and their types, as ONNX numbers them. */
    public ImmutableMap<String, Integer> types() {
      return batches.isEmpty()
          ? ImmutableMap.of()
          : ImmutableMap.copyOf(
              Maps.transformValues(batches.get(0), tensor -> tensor.type().onnxNumber()));
    }
  }

  /**
   * What the original makes of some values.
   *
   * @param values that nothing rewritten leads to; no graph input among them
   * @return {@link Front#NONE} where that is too large to keep
   */
  public Front of(RunContext context, List<String> values, DataSet data, int batchSize)
      throws InterruptedException {
    Key key = new Key(ImmutableList.copyOf(values), data, batchSize);
    Front known = fronts.get(key);
    if (known == null) {
      known = values.isEmpty() ? Front.NONE : capture(context, key);
      if (fronts.size() < MOST_FRONTS) {
        fronts.put(key, known);
      }
    }
    return known;
  }

  /** The same where it was computed before; else {@link Front#NONE}. */
  public Front known(List<String> values, DataSet data, int batchSize) {
    return fronts.getOrDefault(new Key(ImmutableList.copyOf(values), data, batchSize), Front.NONE);
  }

  private static Front capture(RunContext context, Key key) throws InterruptedException {
    GraphIndex index = context.index();
    List<Batch> batches = key.data().batches(key.batchSize());
    try (Workspace.Opened opened = context.workspace().open(index, key.values())) {
      long first =
          opened.session().run(batches.get(0).inputs(), key.values()).values().stream()
              .mapToLong(tensor -> tensor.data().remaining())
              .sum();
      if (first * batches.size() > MOST_BYTES) {
        return Front.NONE;
      }
      List<ImmutableMap<String, Tensor>> all = new ArrayList<>();
      Capture.streamAll(
          List.of(new Probe(opened.session(), key.values())),
          batches,
          context.workers(),
          (batch, results) -> all.add(results.get(0)));
      return new Front(ImmutableList.copyOf(all));
    }
  }
}
