package dev.partita.fuzz;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damage that knows nothing of the format: flips, cuts, splices, and edits of varints. */
final class ByteMutation {

  private ByteMutation() {}

  static byte[] of(byte[] original, byte[] other, SplittableRandom random) {
    byte[] bytes = original.clone();
    int edits = 1 + random.nextInt(random.nextInt(10) == 0 ? 20 : 3);
    for (int i = 0; i < edits && bytes.length > 0; i++) {
      bytes = edit(bytes, other, random);
    }
    return bytes;
  }

  private static byte[] edit(byte[] bytes, byte[] other, SplittableRandom random) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(8)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 3 -> {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(64));
        return join(bytes, at, new byte[0], at + length);
      }
      case 4 -> {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(64));
        return join(bytes, at, Arrays.copyOfRange(bytes, at, at + length), at);
      }
      case 5 -> {
        if (other.length > 0) {
          int from = random.nextInt(other.length);
          int length = Math.min(other.length - from, 1 + random.nextInt(256));
          return join(bytes, at, Arrays.copyOfRange(other, from, from + length), at);
        }
      }
      case 6 -> {
        return join(bytes, at, varint(random), Math.min(bytes.length, at + 1));
      }
      default -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) 0xff);
    }
    return bytes;
  }

  private static byte[] varint(SplittableRandom random) {
    long value = random.nextLong() >>> random.nextInt(64);
    byte[] encoded = new byte[10];
    int length = 0;
    while ((value & ~0x7fL) != 0) {
      encoded[length++] = (byte) ((value & 0x7f) | 0x80);
      value >>>= 7;
    }
    encoded[length++] = (byte) value;
    return Arrays.copyOf(encoded, length);
  }

  private static byte[] join(byte[] bytes, int until, byte[] middle, int from) {
    byte[] joined = new byte[until + middle.length + bytes.length - from];
    System.arraycopy(bytes, 0, joined, 0, until);
    System.arraycopy(middle, 0, joined, until, middle.length);
    System.arraycopy(bytes, from, joined, until + middle.length, bytes.length - from);
    return joined;
  }
}
