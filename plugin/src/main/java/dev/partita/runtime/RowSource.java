package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.partita.runtime.Placement.Kind;
import java.util.Objects;

/**
 * Arrays whose first axis counts the samples; each row is a unit of its own.
 *
 * @param arrays by the name of the input; one row where all samples share it
 * @param placements how the rows of each go into the input
 */
record RowSource(ImmutableMap<String, RowArray> arrays, ImmutableMap<String, Placement> placements)
    implements SampleSource {

  /** Rows that are those of the inputs. */
  RowSource(ImmutableMap<String, RowArray> arrays) {
    this(arrays, ImmutableMap.copyOf(Maps.transformValues(arrays, array -> Placement.ROWS)));
  }

  /** Whether the first axis of every input counts the samples. */
  boolean isPlain() {
    return placements.values().stream().allMatch(placement -> placement.axis() == 0);
  }

  private Placement placement(String name) {
    return Objects.requireNonNull(placements.get(name));
  }

  @Override
  public int units() {
    return arrays.entrySet().stream()
        .filter(array -> placement(array.getKey()).kind() != Kind.SHARED)
        .mapToInt(array -> array.getValue().samples())
        .findFirst()
        .orElseThrow();
  }

  @Override
  public int samples(int unit) {
    return 1;
  }

  @Override
  public int mostUnitsPerBatch() {
    boolean whole = placements.values().stream().anyMatch(p -> p.kind() == Kind.WHOLE);
    return whole ? 1 : Integer.MAX_VALUE;
  }

  @Override
  public ImmutableMap<String, Tensor> gather(int[] units, int from, int count) {
    ImmutableMap.Builder<String, Tensor> batch = ImmutableMap.builder();
    arrays.forEach(
        (name, array) -> batch.put(name, gather(placement(name), array, units, from, count)));
    return batch.buildOrThrow();
  }

  private static Tensor gather(
      Placement placement, RowArray array, int[] units, int from, int count) {
    return switch (placement.kind()) {
      case ROWS, ONE_ROW -> gather(array, units, from, count);
      case AXIS -> Axes.fromFront(gather(array, units, from, count), placement.axis());
      case WHOLE -> first(gather(array, units, from, 1));
      case SHARED -> first(gather(array, new int[1], 0, 1));
    };
  }

  /** The one row of a tensor. */
  private static Tensor first(Tensor row) {
    return new Tensor(row.type(), row.shape().subArray(1, row.rank()).trimmed(), row.data());
  }

  private static Tensor gather(RowArray array, int[] units, int from, int count) {
    long[] shape = array.shape().toArray();
    shape[0] = count;
    Tensor tensor = Tensor.allocate(array.type(), shape);
    int rowBytes = Math.toIntExact(RowArray.rowBytes(array.type(), array.shape()));
    int done = 0;
    while (done < count) {
      int run = 1;
      while (done + run < count && units[from + done + run] == units[from + done] + run) {
        run++;
      }
      array.copyRows(units[from + done], run, tensor.data(), done * rowBytes);
      done += run;
    }
    return tensor;
  }
}
