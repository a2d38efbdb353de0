package dev.partita.model;

import com.google.common.collect.ImmutableSet;
import com.google.protobuf.ByteString;
import dev.partita.model.WriteSteps.Step;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/** Appends tensors to one data file, each at an offset that a runtime can map. */
final class ExternalWriter implements AutoCloseable {

  /** What the standard asks of offsets, so that they fall on page boundaries. */
  private static final long ALIGNMENT = 4096;

  /** What Windows asks of a mapping; kept for tensors large enough that the gap does not matter. */
  private static final long LARGE_ALIGNMENT = 65536;

  private static final long LARGE = 1L << 20;

  /** The checksum is one of the whole data file; {@code prepacked...} are ranges of it. */
  private static final ImmutableSet<String> OF_THE_FILE =
      ImmutableSet.of("location", "offset", "length", "checksum", "basepath");

  private final WriteSteps steps;
  private final Path file;
  private final FileChannel channel;
  private final String location;
  private final Map<ExternalData, Long> copied = new HashMap<>();

  ExternalWriter(Path file, WriteSteps steps) throws IOException {
    this.steps = steps;
    this.file = file;
    steps.before(Step.CREATE, file);
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    this.location = file.getFileName().toString();
  }

  /**
   * Copies a tensor's elements and returns the tensor as it refers to them. Tensors that share a
   * range in the source share it here. One without elements stays in the model: ONNX Runtime does
   * not read an empty range, least of all of an empty file.
   */
  TensorProto write(OnnxModel model, TensorProto tensor) {
    if (tensor.getDimsList().contains(0L)) {
      return tensor.toBuilder()
          .clearDataLocation()
          .clearExternalData()
          .setRawData(ByteString.EMPTY)
          .build();
    }
    try {
      long offset;
      long length;
      if (ExternalData.isExternal(tensor)) {
        ExternalData data = ExternalData.locate(model.source(), tensor);
        length = data.length();
        Long before = copied.get(data);
        offset = before != null ? before : append(data);
        copied.put(data, offset);
      } else {
        ByteBuffer bytes = Tensors.rawBytes(model, tensor).asReadOnlyByteBuffer();
        length = bytes.remaining();
        offset = align(length);
        long at = offset;
        while (bytes.hasRemaining()) {
          steps.before(Step.WRITE, file);
          at += channel.write(bytes, at);
        }
      }
      return moved(tensor, offset, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TensorProto moved(TensorProto tensor, long offset, long length) {
    TensorProto.Builder moved =
        tensor.toBuilder()
            .clearRawData()
            .clearFloatData()
            .clearDoubleData()
            .clearInt32Data()
            .clearInt64Data()
            .clearUint64Data()
            .clearExternalData()
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", location))
            .addExternalData(entry("offset", Long.toString(offset)))
            .addExternalData(entry("length", Long.toString(length)));
    tensor.getExternalDataList().stream()
        .filter(entry -> !isOfTheFile(entry.getKey()))
        .forEach(moved::addExternalData);
    return moved.build();
  }

  /** Whether what an entry says held of the old file only: its place, its digest, parts of it. */
  private static boolean isOfTheFile(String key) {
    return OF_THE_FILE.contains(key) || key.startsWith("prepacked");
  }

  private long append(ExternalData data) throws IOException {
    long offset = align(data.length());
    try (FileChannel source = FileChannel.open(data.file(), StandardOpenOption.READ)) {
      channel.position(offset);
      long done = 0;
      while (done < data.length()) {
        steps.before(Step.WRITE, file);
        long moved = source.transferTo(data.offset() + done, data.length() - done, channel);
        if (moved <= 0) {
          throw new IOException(data.file() + " ended early");
        }
        done += moved;
      }
    }
    return offset;
  }

  private long align(long length) throws IOException {
    long step = length >= LARGE ? LARGE_ALIGNMENT : ALIGNMENT;
    return (channel.size() + step - 1) / step * step;
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      steps.before(Step.SYNC, file);
      channel.force(true);
    }
  }
}
