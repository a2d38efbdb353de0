package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/**
 * The entries of a zip file with their positions, which {@code java.util.zip} does not tell: arrays
 * that are stored without compression are mapped where they stand.
 */
final class ZipDirectory {
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_LOCATOR = 0x07064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_BYTES = 20;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL_BYTES = 30;
  private static final int MOST_COMMENT_BYTES = 1 << 16;
  private static final int ENCRYPTED = 1;

  /**
   * One file of the archive.
   *
   * @param name its path
   * @param method 0 stored, 8 deflated
   * @param crc checksum of the uncompressed bytes
   * @param compressedBytes length in the archive
   * @param bytes length when read
   * @param offset where its bytes start in the archive
   */
  record Entry(String name, int method, long crc, long compressedBytes, long bytes, long offset) {
    Entry called(String other) {
      return new Entry(other, method, crc, compressedBytes, bytes, offset);
    }
  }

  private final FileChannel file;

  private ZipDirectory(FileChannel file) {
    this.file = file;
  }

  /** Reads the central directory; an {@link IOException} says what is wrong with it. */
  static ImmutableList<Entry> read(FileChannel file) throws IOException {
    return new ZipDirectory(file).entries();
  }

  private ImmutableList<Entry> entries() throws IOException {
    int tailBytes = (int) Math.min(file.size(), MOST_COMMENT_BYTES + END_BYTES + LOCATOR_BYTES);
    ByteBuffer tail = bytes(file.size() - tailBytes, tailBytes);
    int end = tailBytes - END_BYTES;
    while (end >= 0 && tail.getInt(end) != END) {
      end--;
    }
    if (end < 0) {
      throw new IOException("is not a zip file");
    }
    long count = Short.toUnsignedLong(tail.getShort(end + 10));
    long length = Integer.toUnsignedLong(tail.getInt(end + 12));
    long start = Integer.toUnsignedLong(tail.getInt(end + 16));
    int locator = end - LOCATOR_BYTES;
    if (locator >= 0 && tail.getInt(locator) == END_64_LOCATOR) {
      ByteBuffer wide = bytes(tail.getLong(locator + 8), 56);
      if (wide.getInt(0) != END_64) {
        throw new IOException("has a damaged zip directory");
      }
      count = wide.getLong(32);
      length = wide.getLong(40);
      start = wide.getLong(48);
    }
    ByteBuffer directory = bytes(start, length);
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    try {
      for (long i = 0; i < count; i++) {
        entries.add(entry(directory));
      }
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException cut) {
      throw new IOException("has a damaged zip directory", cut);
    }
    return entries.build();
  }

  /** Reads the directory's record at the buffer's position and moves behind it. */
  private Entry entry(ByteBuffer directory) throws IOException {
    int at = directory.position();
    if (directory.getInt(at) != CENTRAL) {
      throw new IOException("has a damaged zip directory");
    }
    if ((directory.getShort(at + 8) & ENCRYPTED) != 0) {
      throw new IOException("is encrypted");
    }
    int method = Short.toUnsignedInt(directory.getShort(at + 10));
    long crc = Integer.toUnsignedLong(directory.getInt(at + 16));
    long compressed = Integer.toUnsignedLong(directory.getInt(at + 20));
    long size = Integer.toUnsignedLong(directory.getInt(at + 24));
    int nameBytes = Short.toUnsignedInt(directory.getShort(at + 28));
    int extraBytes = Short.toUnsignedInt(directory.getShort(at + 30));
    int commentBytes = Short.toUnsignedInt(directory.getShort(at + 32));
    long local = Integer.toUnsignedLong(directory.getInt(at + 42));
    byte[] name = new byte[nameBytes];
    directory.position(at + CENTRAL_BYTES).get(name);
    int extraEnd = directory.position() + extraBytes;
    while (directory.position() + 4 <= extraEnd) {
      int kind = Short.toUnsignedInt(directory.getShort());
      int fieldEnd = Short.toUnsignedInt(directory.getShort()) + directory.position();
      if (kind == 1) {
        // The wide fields stand only for those that are all ones above, in this order.
        size = size == 0xFFFFFFFFL ? directory.getLong() : size;
        compressed = compressed == 0xFFFFFFFFL ? directory.getLong() : compressed;
        local = local == 0xFFFFFFFFL ? directory.getLong() : local;
      }
      directory.position(fieldEnd);
    }
    directory.position(extraEnd + commentBytes);
    ByteBuffer header = bytes(local, LOCAL_BYTES);
    if (header.getInt(0) != LOCAL) {
      throw new IOException("has a damaged zip directory");
    }
    long offset =
        local
            + LOCAL_BYTES
            + Short.toUnsignedInt(header.getShort(26))
            + Short.toUnsignedInt(header.getShort(28));
    if (compressed < 0 || size < 0 || compressed > file.size() - offset) {
      throw new IOException("is cut short");
    }
    return new Entry(
        new String(name, StandardCharsets.UTF_8), method, crc, compressed, size, offset);
  }

  private ByteBuffer bytes(long offset, long count) throws IOException {
    if (offset < 0 || count < 0 || count > file.size() - offset || count > Integer.MAX_VALUE) {
      throw new IOException("is cut short");
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, offset + buffer.position()) < 0) {
        throw new IOException("is cut short");
      }
    }
    return buffer.flip();
  }
}
