package dev.partita.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A stretch of a file as a stream; several can be open on one file, and closing keeps the file. */
final class ChannelSlice extends InputStream {
  private final FileChannel file;
  private final long end;
  private long position;

  ChannelSlice(FileChannel file, long offset, long bytes) {
    this.file = file;
    this.position = offset;
    this.end = offset + bytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int wanted = (int) Math.min(length, end - position);
    if (wanted <= 0) {
      return -1;
    }
    int count = file.read(ByteBuffer.wrap(target, offset, wanted), position);
    position += Math.max(0, count);
    return count;
  }
}
