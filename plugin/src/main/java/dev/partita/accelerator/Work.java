package dev.partita.accelerator;

/**
 * Products that one accelerator computes one after another: counts added up, and the time of each
 * product laid to the resource that binds it. Times are in cycles of the target's clock, also where
 * the accelerator has another.
 *
 * @param counts the sum of the products' counts
 * @param arrayCycles cycles in which the array is busy
 * @param dramCycles cycles in which DRAM is busy
 * @param bufferCycles cycles in which the buffer is busy
 * @param cyclesBoundByArray cycles of products that the array binds
 * @param cyclesBoundByDram cycles of products that DRAM binds
 * @param cyclesBoundByBuffer cycles of products that the buffer binds
 * @param fillCycles cycles to load the first tiles of each product and to store its last, which the
 *     time leaves out because it takes loads and stores as overlapped
 */
record Work(
    Counts counts,
    long arrayCycles,
    long dramCycles,
    long bufferCycles,
    long cyclesBoundByArray,
    long cyclesBoundByDram,
    long cyclesBoundByBuffer,
    long fillCycles) {

  static final Work NONE = new Work(Counts.NONE, 0, 0, 0, 0, 0, 0, 0);

  /**
   * One product: {@code T = max(T_array, T_dram, T_buffer)}, loads and stores overlapped.
   *
   * @param on the accelerator
   * @param clockMhz clock in whose cycles times are given
   * @param dramShare how many accelerators divide the DRAM bandwidth among them
   */
  static Work of(Target on, double clockMhz, Product product, int dramShare) {
    if (product.isEmpty()) {
      return NONE;
    }
    Counts counts = Counter.count(on, product, dramShare);
    long array = Cycles.inClock(counts.arrayCycles(), on.clockMhz(), clockMhz);
    long dram = dram(on, clockMhz, counts.dram(), dramShare);
    long buffer =
        Cycles.inClock(Cycles.buffer(on, counts.bufferAccesses()), on.clockMhz(), clockMhz);
    long fill = fillCycles(on, clockMhz, product, dramShare);
    boolean arrayBinds = array >= dram && array >= buffer;
    boolean dramBinds = !arrayBinds && dram >= buffer;
    return new Work(
        counts,
        array,
        dram,
        buffer,
        arrayBinds ? array : 0,
        dramBinds ? dram : 0,
        arrayBinds || dramBinds ? 0 : buffer,
        fill);
  }

  private static long fillCycles(Target on, double clockMhz, Product product, int dramShare) {
    Fetches tiling = Counter.bestTiling(on, product);
    Moved load =
        new Moved(
            Words.product(tiling.inTile(), tiling.outTile()),
            Words.product(tiling.rowTile(), tiling.inTile()));
    Moved store = new Moved(0, Words.product(tiling.rowTile(), tiling.outTile()));
    return Words.add(dram(on, clockMhz, load, dramShare), dram(on, clockMhz, store, dramShare));
  }

  private static long dram(Target on, double clockMhz, Moved moved, int dramShare) {
    return Cycles.inClock(Cycles.dram(on, moved, dramShare), on.clockMhz(), clockMhz);
  }

  /** Time of the products, one after another. */
  long cycles() {
    return Words.add(cyclesBoundByArray, cyclesBoundByDram, cyclesBoundByBuffer);
  }

  /** The same where nothing can be computed before the first tiles are there. */
  long conservativeCycles() {
    return Math.addExact(cycles(), fillCycles);
  }

  /** This work and then the other. */
  Work then(Work other) {
    return new Work(
        counts.plus(other.counts),
        Math.addExact(arrayCycles, other.arrayCycles),
        Math.addExact(dramCycles, other.dramCycles),
        Math.addExact(bufferCycles, other.bufferCycles),
        Math.addExact(cyclesBoundByArray, other.cyclesBoundByArray),
        Math.addExact(cyclesBoundByDram, other.cyclesBoundByDram),
        Math.addExact(cyclesBoundByBuffer, other.cyclesBoundByBuffer),
        Math.addExact(fillCycles, other.fillCycles));
  }
}
