package dev.partita.verify;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.runtime.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Outputs batch by batch: the first ones in memory, the rest in a temporary file. */
final class OutputStore implements AutoCloseable {
  static final long IN_MEMORY_BYTES = 128L << 20;

  private final long inMemoryBytes;
  private final List<ImmutableMap<String, Kept>> batches = new ArrayList<>();
  private long held;
  private @Nullable FileChannel file;
  private long fileEnd;

  OutputStore(long inMemoryBytes) {
    this.inMemoryBytes = inMemoryBytes;
  }

  /** Where an output is: in memory, or at an offset of the file. */
  private record Kept(
      ElementType type, ImmutableLongArray shape, @Nullable Tensor tensor, long offset) {}

  void add(ImmutableMap<String, Tensor> outputs) {
    ImmutableMap.Builder<String, Kept> kept = ImmutableMap.builder();
    try {
      for (Map.Entry<String, Tensor> output : outputs.entrySet()) {
        kept.put(output.getKey(), keep(output.getValue()));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    batches.add(kept.buildOrThrow());
  }

  private Kept keep(Tensor tensor) throws IOException {
    ByteBuffer bytes = tensor.data();
    if (held + bytes.remaining() <= inMemoryBytes) {
      held += bytes.remaining();
      return new Kept(tensor.type(), tensor.shape(), tensor, 0);
    }
    FileChannel channel = file;
    if (channel == null) {
      channel =
          FileChannel.open(
              Files.createTempFile("partita", ".outputs"),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      file = channel;
    }
    Kept kept = new Kept(tensor.type(), tensor.shape(), null, fileEnd);
    while (bytes.hasRemaining()) {
      fileEnd += channel.write(bytes, fileEnd);
    }
    return kept;
  }

  ImmutableMap<String, Tensor> get(int batch) {
    ImmutableMap.Builder<String, Tensor> outputs = ImmutableMap.builder();
    try {
      for (Map.Entry<String, Kept> kept : batches.get(batch).entrySet()) {
        outputs.put(kept.getKey(), read(kept.getValue()));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return outputs.buildOrThrow();
  }

  private Tensor read(Kept kept) throws IOException {
    if (kept.tensor() != null) {
      return kept.tensor();
    }
    Tensor tensor = Tensor.allocate(kept.type(), kept.shape().toArray());
    ByteBuffer bytes = tensor.data();
    FileChannel channel = file;
    while (bytes.hasRemaining()) {
      if (channel == null || channel.read(bytes, kept.offset() + bytes.position()) < 0) {
        throw new EOFException("The temporary file of outputs is cut short.");
      }
    }
    return tensor;
  }

  @Override
  public void close() {
    batches.clear();
    FileChannel channel = file;
    file = null;
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
