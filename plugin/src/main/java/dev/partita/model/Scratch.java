package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Memory for the elements of new tensors. Small ones are on the heap, the first few megabytes of
 * all others outside it, and what comes then is in a mapped temporary file, so that a model with
 * gigabytes of new weights needs no heap for them and a small one writes nothing. Buffers are good
 * until it is closed; reading one later is not defined. Safe for use by several threads.
 */
public final class Scratch implements AutoCloseable {

  /** What a mapping rounds up to anyway is not worth one of its own below this size. */
  private static final int HEAP_BELOW = 64 << 10;

  /** Thousands of small tensors are as much as a large one, so that the heap takes so many only. */
  private static final int HEAP_TOTAL = 8 << 20;

  /** What is kept outside the heap before a file is made. */
  private static final int DIRECT_TOTAL = 16 << 20;

  /** Small mappings share a larger one, since systems count and limit mappings. */
  private static final int LARGEST_EXTENT = 64 << 20;

  /** The first extent; each next one is twice as long, so that small models write little. */
  private static final int FIRST_EXTENT = 1 << 20;

  /** Buffers begin on cache lines. */
  private static final int ALIGNMENT = 64;

  private final @Nullable Path parent;
  private final Workers workers;
  private @Nullable TemporaryFolder folder;
  private @Nullable FileChannel file;
  private @Nullable MappedByteBuffer extent;
  private int nextExtent = FIRST_EXTENT;
  private int used;
  private int onHeap;
  private int direct;
  private boolean closed;

  private Scratch(@Nullable Path parent, Workers workers) {
    this.parent = parent;
    this.workers = workers;
  }

  /** All of it on the heap, for tests and small uses; closing it is not needed. */
  public static Scratch onHeap() {
    return new Scratch(null, Workers.of(1));
  }

  /**
   * In a temporary file.
   *
   * @param folder where the file goes, inside a folder of its own that closing removes
   * @param workers fill large tensors
   */
  public static Scratch in(Path folder, Workers workers) {
    return new Scratch(folder, workers);
  }

  /** The threads that fill large tensors. */
  Workers workers() {
    return workers;
  }

  /**
   * A new buffer of zeros, little endian, at position 0.
   *
   * @param bytes its size
   * @throws UnsupportedInputException above 2 GiB, or where the disk has no room
   */
  public synchronized ByteBuffer allocate(long bytes) {
    if (bytes < 0 || closed) {
      throw new IllegalArgumentException(bytes + " bytes" + (closed ? " after the end" : ""));
    }
    if (bytes > Integer.MAX_VALUE) {
      throw new UnsupportedInputException(
          "A new tensor would take " + bytes + " bytes, but a tensor is limited to 2 GiB.",
          "Cut the layer into more blocks: use more accelerators (-p).");
    }
    int size = (int) bytes;
    if (parent == null || (size < HEAP_BELOW && size <= HEAP_TOTAL - onHeap)) {
      onHeap += parent == null ? 0 : size;
      return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
    if (size <= DIRECT_TOTAL - direct) {
      direct += size;
      return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }
    try {
      return mapped(parent, size).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw WriteFailure.of(parent.resolve("scratch"), e);
    }
  }

  /**
   * A copy of what remains of a buffer, little endian, at position 0. In a file it is written once.
   *
   * @throws UnsupportedInputException where the disk has no room
   */
  public synchronized ByteBuffer copyOf(ByteBuffer from) {
    int size = from.remaining();
    if (parent == null || closed || size < FIRST_EXTENT || size <= DIRECT_TOTAL - direct) {
      ByteBuffer copy = allocate(size);
      copy.duplicate().put(from.duplicate());
      return copy;
    }
    try {
      return appended(parent, from.duplicate()).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw WriteFailure.of(parent.resolve("scratch"), e);
    }
  }

  private MappedByteBuffer appended(Path inside, ByteBuffer from) throws IOException {
    FileChannel channel = channel(inside);
    int size = from.remaining();
    long start = channel.size();
    while (from.hasRemaining()) {
      channel.write(from, start + size - from.remaining());
    }
    return channel.map(FileChannel.MapMode.READ_WRITE, start, size);
  }

  private ByteBuffer mapped(Path inside, int size) throws IOException {
    if (size >= LARGEST_EXTENT) {
      return map(inside, size);
    }
    MappedByteBuffer current = extent;
    if (current == null || size > current.capacity() - used) {
      while (nextExtent < size) {
        nextExtent *= 2;
      }
      current = map(inside, nextExtent);
      extent = current;
      used = 0;
      nextExtent = Math.min(LARGEST_EXTENT, 2 * nextExtent);
    }
    ByteBuffer slice = current.slice(used, size);
    used = (int) Math.min(current.capacity(), ((long) used + size + ALIGNMENT - 1) & -ALIGNMENT);
    return slice;
  }

  private FileChannel channel(Path inside) throws IOException {
    FileChannel channel = file;
    if (channel == null) {
      TemporaryFolder made = TemporaryFolder.in(inside, StagedModel.TEMPORARY);
      folder = made;
      channel =
          FileChannel.open(
              made.path().resolve("scratch"),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      file = channel;
    }
    return channel;
  }

  private MappedByteBuffer map(Path inside, int size) throws IOException {
    FileChannel channel = channel(inside);
    long start = channel.size();
    // Written and not just mapped: a full disk is an error here, and a crash in a mapped hole.
    ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(size, FIRST_EXTENT));
    long end = start + size;
    for (long at = start; at < end; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), end - at));
      at += channel.write(zeros, at);
    }
    return channel.map(FileChannel.MapMode.READ_WRITE, start, size);
  }

  /**
   * Removes the file. Its disk space is free once the collector has dropped the buffers. Windows
   * does not delete a file while it is mapped: there it stays until the process ends, whose last
   * act is another attempt, and if that fails as well it is left in the system's hands.
   */
  @Override
  public synchronized void close() {
    closed = true;
    extent = null;
    FileChannel channel = file;
    file = null;
    TemporaryFolder made = folder;
    folder = null;
    if (made != null) {
      if (channel != null) {
        try {
          channel.close();
        } catch (IOException e) {
          // Nobody reads what was in it.
          throw new java.io.UncheckedIOException(e);
        }
      }
      made.closeOrLeaveForExit();
    }
  }
}
