package dev.partita.accelerator;

/**
 * Products that one accelerator computes one after another: counts added up, and the time of each
 * product laid to the resource that binds it.
 *
 * @param counts the sum of the products' counts
 * @param dramCycles cycles in which DRAM is busy
 * @param bufferCycles cycles in which the buffer is busy
 * @param cyclesBoundByArray cycles of products that the array binds
 * @param cyclesBoundByDram cycles of products that DRAM binds
 * @param cyclesBoundByBuffer cycles of products that the buffer binds
 */
record Work(
    Counts counts,
    long dramCycles,
    long bufferCycles,
    long cyclesBoundByArray,
    long cyclesBoundByDram,
    long cyclesBoundByBuffer) {

  static final Work NONE = new Work(Counts.NONE, 0, 0, 0, 0, 0);

  /** One product: {@code T = max(T_array, T_dram, T_buffer)}, loads and stores overlapped. */
  static Work of(Target target, long m, long k, long n, int dramShare) {
    Counts counts = Counter.count(target, m, k, n, dramShare);
    long array = counts.arrayCycles();
    long dram = Cycles.dram(target, counts.dramWords(), dramShare);
    long buffer = Cycles.buffer(target, counts.bufferAccesses());
    if (array >= dram && array >= buffer) {
      return new Work(counts, dram, buffer, array, 0, 0);
    }
    return dram >= buffer
        ? new Work(counts, dram, buffer, 0, dram, 0)
        : new Work(counts, dram, buffer, 0, 0, buffer);
  }

  /** Time of the products, one after another. */
  long cycles() {
    return Words.add(cyclesBoundByArray, cyclesBoundByDram, cyclesBoundByBuffer);
  }

  /** This work and then the other. */
  Work then(Work other) {
    return new Work(
        new Counts(
            Math.addExact(counts.macs(), other.counts.macs()),
            Math.addExact(counts.arrayCycles(), other.counts.arrayCycles()),
            Math.addExact(counts.dramWords(), other.counts.dramWords()),
            Math.addExact(counts.deliveries(), other.counts.deliveries()),
            Math.addExact(counts.bufferAccesses(), other.counts.bufferAccesses())),
        Math.addExact(dramCycles, other.dramCycles),
        Math.addExact(bufferCycles, other.bufferCycles),
        Math.addExact(cyclesBoundByArray, other.cyclesBoundByArray),
        Math.addExact(cyclesBoundByDram, other.cyclesBoundByDram),
        Math.addExact(cyclesBoundByBuffer, other.cyclesBoundByBuffer));
  }
}
