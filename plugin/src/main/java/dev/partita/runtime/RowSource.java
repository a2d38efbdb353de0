package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;

/** Arrays whose first axis counts the samples; each row is a unit of its own. */
record RowSource(ImmutableMap<String, RowArray> arrays) implements SampleSource {
  @Override
  public int units() {
    return arrays.values().iterator().next().samples();
  }

  @Override
  public int samples(int unit) {
    return 1;
  }

  @Override
  public int mostUnitsPerBatch() {
    return Integer.MAX_VALUE;
  }

  @Override
  public ImmutableMap<String, Tensor> gather(int[] units, int from, int count) {
    ImmutableMap.Builder<String, Tensor> batch = ImmutableMap.builder();
    arrays.forEach((name, array) -> batch.put(name, gather(array, units, from, count)));
    return batch.buildOrThrow();
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
