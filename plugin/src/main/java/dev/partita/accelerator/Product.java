package dev.partita.accelerator;

/**
 * A product of {@code M x K x N} on one accelerator, which may share operands with others: what
 * several read, each fetches a part of and passes on, so that it crosses DRAM once for all.
 *
 * @param rows M
 * @param in K
 * @param out N
 * @param inputReaders how many accelerators read the same inputs
 * @param outputWriters how many accelerators add to the same outputs
 */
record Product(long rows, long in, long out, long inputReaders, long outputWriters) {

  /** A product that shares nothing. */
  static Product of(long rows, long in, long out) {
    return new Product(rows, in, out, 1, 1);
  }

  /** Whether there is nothing to compute. */
  boolean isEmpty() {
    return rows == 0 || in == 0 || out == 0;
  }

  LoopNest nest() {
    return new LoopNest(rows, in, out);
  }

  /** What this accelerator moves through DRAM for so many passes over each operand. */
  Moved moved(Fetches fetches) {
    return new Moved(
        Words.product(in, out, fetches.weights()),
        Math.addExact(
            Decimals.ceilDivide(Words.product(rows, in, fetches.inputs()), inputReaders),
            Decimals.ceilDivide(Words.product(rows, out, fetches.outputs()), outputWriters)));
  }
}
