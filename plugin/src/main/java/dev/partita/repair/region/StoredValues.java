package dev.partita.repair.region;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ListMultimap;
import dev.partita.context.Fronts.Front;
import dev.partita.model.Scratch;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Values of every batch, kept outside the heap, next to those that are known anyway. */
final class StoredValues implements AutoCloseable {

  private final Scratch scratch;
  private final Front known;
  private final List<Map<String, Tensor>> batches = new ArrayList<>();

  /** Room of values that were released, by its size in bytes. */
  private final ListMultimap<Integer, ByteBuffer> free = ArrayListMultimap.create();

  StoredValues(Scratch scratch, Front known) {
    this.scratch = scratch;
    this.known = known;
  }

  /** Adds values of a batch; what is stored already stays. */
  void add(int batch, Map<String, Tensor> values) {
    while (batches.size() <= batch) {
      batches.add(new HashMap<>());
    }
    Map<String, Tensor> stored = batches.get(batch);
    values.forEach((name, tensor) -> stored.computeIfAbsent(name, absent -> kept(tensor)));
  }

  private Tensor kept(Tensor tensor) {
    ByteBuffer copy = copy(tensor.data());
    // Sessions read memory outside the heap without a copy.
    return copy.isDirect()
        ? new Tensor(tensor.type(), tensor.shape(), copy)
        : Tensor.copyOf(tensor);
  }

  private ByteBuffer copy(ByteBuffer data) {
    List<ByteBuffer> room = free.get(data.remaining());
    if (room.isEmpty()) {
      return scratch.copyOf(data);
    }
    ByteBuffer copy = room.remove(room.size() - 1);
    copy.duplicate().put(data.duplicate());
    return copy;
  }

  /** Forgets values, whose room goes to others. */
  void release(Collection<String> values) {
    for (Map<String, Tensor> stored : batches) {
      for (String value : values) {
        Tensor tensor = stored.remove(value);
        if (tensor != null && tensor.data().isDirect()) {
          free.put(tensor.data().remaining(), tensor.data());
        }
      }
    }
  }

  boolean has(String value) {
    return types().containsKey(value);
  }

  /** Those of some values that are stored. */
  ImmutableMap<String, Tensor> of(Batch batch, Collection<String> values) {
    ImmutableMap.Builder<String, Tensor> found = ImmutableMap.builder();
    found.putAll(known.of(batch, values));
    if (batch.index() < batches.size()) {
      Map<String, Tensor> stored = batches.get(batch.index());
      values.stream()
          .distinct()
          .filter(stored::containsKey)
          .forEach(name -> found.put(name, stored.get(name)));
    }
    return found.buildOrThrow();
  }

  /** The types of all stored values, as ONNX numbers them. */
  Map<String, Integer> types() {
    Map<String, Integer> types = new TreeMap<>(known.types());
    if (!batches.isEmpty()) {
      batches.get(0).forEach((name, tensor) -> types.put(name, tensor.type().onnxNumber()));
    }
    return types;
  }

  @Override
  public void close() {
    scratch.close();
  }
}
