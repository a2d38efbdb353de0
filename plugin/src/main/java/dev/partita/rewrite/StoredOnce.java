package dev.partita.rewrite;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ListMultimap;
import com.google.protobuf.ByteString;
import dev.partita.model.GraphPath;
import dev.partita.onnx.TensorProto;
import java.util.ArrayList;
import java.util.List;

/**
 * The new tensors of a rewritten model, each stored once: layers that read one weight have equal
 * blocks. Not safe for use by several threads.
 */
final class StoredOnce {

  /** A tensor of at most so many bytes is not worth a comparison. */
  private static final int SMALL_BYTES = 1 << 10;

  /** How many bytes tell most tensors of one shape apart. */
  private static final int SAMPLED_BYTES = 256;

  private final ListMultimap<Likeness, Stored> known = ArrayListMultimap.create();

  /** What equal tensors have in common, found without reading all of them. */
  private record Likeness(
      GraphPath graph, int type, ImmutableList<Long> dims, ImmutableList<Byte> sample) {}

  /** A tensor, and the node of the original from which on it can be read. */
  private record Stored(int position, TensorProto tensor) {}

  /**
   * The name of a tensor with the type, the shape and the bytes of a new one.
   *
   * @param graph that is to hold it
   * @param position from where on it is to be read
   * @return the new one's own name where there is none; it is known from then on
   */
  String name(GraphPath graph, int position, TensorProto tensor) {
    ByteString bytes = tensor.getRawData();
    if (bytes.size() <= SMALL_BYTES) {
      return tensor.getName();
    }
    Likeness likeness =
        new Likeness(
            graph, tensor.getDataType(), ImmutableList.copyOf(tensor.getDimsList()), sample(bytes));
    for (Stored stored : known.get(likeness)) {
      if (stored.position() <= position && stored.tensor().getRawData().equals(bytes)) {
        return stored.tensor().getName();
      }
    }
    known.put(likeness, new Stored(position, tensor));
    return tensor.getName();
  }

  private static ImmutableList<Byte> sample(ByteString bytes) {
    List<Byte> sample = new ArrayList<>(SAMPLED_BYTES);
    for (int i = 0; i < SAMPLED_BYTES; i++) {
      sample.add(bytes.byteAt((int) ((long) bytes.size() * i / SAMPLED_BYTES)));
    }
    return ImmutableList.copyOf(sample);
  }
}
