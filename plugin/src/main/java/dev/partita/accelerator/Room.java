package dev.partita.accelerator;

/**
 * A storage of limited size and what one element of each operand takes of it.
 *
 * @param bits capacity in bits
 * @param activationBits bits of an input or an output
 * @param weightBits bits of a weight
 * @param copies how often input and weight tiles are held: 2 when double-buffered, else 1
 */
record Room(long bits, long activationBits, long weightBits, int copies) {

  /** The buffer of one accelerator. */
  static Room buffer(Target target) {
    return new Room(
        Math.multiplyExact(target.buffer().bytes(), 8L),
        target.wordBits(),
        target.weightBits(),
        target.buffer().doubleBuffered() ? 2 : 1);
  }

  /** The register file of one multiplier. */
  static Room registerFile(Target target) {
    return new Room(
        Math.multiplyExact(target.registerFileBytes(), 8L),
        target.wordBits(),
        target.weightBits(),
        1);
  }

  /** A storage for words of one width. */
  static Room ofWords(long words, int copies) {
    return new Room(words, 1, 1, copies);
  }

  /** Whether one element of each operand fits. */
  boolean fitsOneOfEach() {
    return copies * (activationBits + weightBits) + activationBits <= bits;
  }
}
