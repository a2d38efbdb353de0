package dev.partita.partition;

import java.util.Arrays;

/** A heap of numbers that hands out the least first. */
final class ItemHeap {

  private long[] keys;
  private int size;

  ItemHeap(int expected) {
    this.keys = new long[Math.max(1, expected)];
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** The least; only where there is one. */
  long least() {
    return keys[0];
  }

  void add(long key) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
    }
    int at = size++;
    while (at > 0 && keys[(at - 1) / 2] > key) {
      keys[at] = keys[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    keys[at] = key;
  }

  /** Takes the least away; only where there is one. */
  void removeLeast() {
    long moved = keys[--size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && keys[child + 1] < keys[child]) {
        child++;
      }
      if (keys[child] >= moved) {
        break;
      }
      keys[at] = keys[child];
      at = child;
    }
    keys[at] = moved;
  }
}
