package dev.partita.model;

/**
 * Whole numbers of 2, 4 or 8 bits, several to a byte: the first in the lowest bits, none across two
 * bytes.
 */
public final class PackedBits {

  private PackedBits() {}

  /** How many bytes hold so many numbers. */
  public static int bytes(int count, int bits) {
    return Math.toIntExact(((long) count * bits + Byte.SIZE - 1) / Byte.SIZE);
  }

  /**
   * A number.
   *
   * @param from index of the byte at which the numbers begin
   * @param index of the number
   */
  public static int get(byte[] bytes, int from, int index, int bits) {
    int bit = index * bits;
    return (bytes[from + bit / Byte.SIZE] >> bit % Byte.SIZE) & ((1 << bits) - 1);
  }

  /** Puts a number where there is a zero so far. */
  public static void put(byte[] bytes, int index, int bits, int value) {
    int bit = index * bits;
    bytes[bit / Byte.SIZE] |= (byte) (value << bit % Byte.SIZE);
  }
}
