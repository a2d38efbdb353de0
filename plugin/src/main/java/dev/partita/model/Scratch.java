package dev.partita.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Gives out memory for new tensors. */
public final class Scratch {

  private Scratch() {}

  /** Memory on the Java heap. */
  public static Scratch onHeap() {
    return new Scratch();
  }

  /** A little-endian buffer of zeros at position 0. */
  public ByteBuffer allocate(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
