package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.model.Scratch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Values of many samples, kept outside the heap, to be put together in other batches than those in
 * which they came. Samples whose values differ in shape are in separate groups. Filled by one
 * thread, then read by several.
 */
public final class ActivationStore {

  /** Values of one name in one group lie in pieces of about this size, in bytes. */
  private static final long PIECE = 32 << 20;

  private final Scratch scratch;
  private final boolean whole;
  private final Map<ImmutableMap<String, Unit>, Group> groups = new LinkedHashMap<>();

  /**
   * An empty store.
   *
   * @param scratch where values go; stays open as long as the store is of use
   * @param whole whether batches stay as they come, because a model fixes their size
   */
  public ActivationStore(Scratch scratch, boolean whole) {
    this.scratch = scratch;
    this.whole = whole;
  }

  /** What one member of a group has of a value. */
  private record Unit(ElementType type, ImmutableLongArray shape, boolean row) {
    int bytes() {
      long size = type.bytes();
      for (int axis = 0; axis < shape.length(); axis++) {
        size = Math.multiplyExact(size, shape.get(axis));
      }
      return Math.toIntExact(size);
    }
  }

  private static final class Group {
    final ImmutableMap<String, Unit> units;
    final Map<String, List<ByteBuffer>> pieces = new LinkedHashMap<>();
    final int samplesEach;
    final int perPiece;
    int members;

    Group(ImmutableMap<String, Unit> units, int samplesEach) {
      this.units = units;
      this.samplesEach = samplesEach;
      long largest = units.values().stream().mapToLong(Unit::bytes).max().orElse(1);
      this.perPiece = Math.toIntExact(Math.max(1, PIECE / Math.max(1, largest)));
      units.keySet().forEach(name -> pieces.put(name, new ArrayList<>()));
    }
  }

  /**
   * Adds a batch: a member for each sample, or a single one where some value does not have the
   * samples on its first axis.
   */
  public void add(Map<String, Tensor> values, int samples) {
    boolean rows =
        !whole
            && values.values().stream()
                .allMatch(tensor -> tensor.rank() > 0 && tensor.shape().get(0) == samples);
    ImmutableMap.Builder<String, Unit> units = ImmutableMap.builder();
    values.forEach(
        (name, tensor) -> {
          ImmutableLongArray shape = tensor.shape();
          ImmutableLongArray each = rows ? shape.subArray(1, shape.length()) : shape;
          units.put(name, new Unit(tensor.type(), each.trimmed(), rows));
        });
    ImmutableMap<String, Unit> key = units.buildOrThrow();
    Group group = groups.computeIfAbsent(key, k -> new Group(k, rows ? 1 : samples));
    int members = rows ? samples : 1;
    for (int member = 0; member < members; member++) {
      add(group, values, member);
    }
  }

  private void add(Group group, Map<String, Tensor> values, int member) {
    int at = group.members % group.perPiece;
    group.units.forEach(
        (name, unit) -> {
          List<ByteBuffer> pieces = group.pieces.get(name);
          int bytes = unit.bytes();
          if (at == 0) {
            pieces.add(scratch.allocate((long) bytes * group.perPiece));
          }
          ByteBuffer piece = pieces.get(pieces.size() - 1);
          piece.put(at * bytes, values.get(name).data(), member * bytes, bytes);
        });
    group.members++;
  }

  /** How many members each group has. */
  public ImmutableList<Integer> groupSizes() {
    return groups.values().stream()
        .map(group -> group.members)
        .collect(ImmutableList.toImmutableList());
  }

  /** The number of samples in a member of a group. */
  public int samplesEach(int group) {
    return group(group).samplesEach;
  }

  /** Whether members of a group can be put together in one batch. */
  public boolean isDivisible(int group) {
    return group(group).units.values().stream().allMatch(Unit::row);
  }

  /** All samples. */
  public int samples() {
    return groups.values().stream().mapToInt(group -> group.members * group.samplesEach).sum();
  }

  /**
   * A batch.
   *
   * @param group its number
   * @param members of the group, in the order in which the batch has them; a single one where the
   *     group is not divisible
   */
  public ImmutableMap<String, Tensor> gather(int group, int[] members) {
    Group from = group(group);
    if (members.length != 1 && !isDivisible(group)) {
      throw new IllegalArgumentException("members of group " + group + " stay apart");
    }
    ImmutableMap.Builder<String, Tensor> batch = ImmutableMap.builder();
    from.units.forEach((name, unit) -> batch.put(name, gather(from, name, unit, members)));
    return batch.buildOrThrow();
  }

  private static Tensor gather(Group from, String name, Unit unit, int[] members) {
    long[] shape = unit.shape.toArray();
    if (unit.row) {
      long[] rows = new long[shape.length + 1];
      rows[0] = members.length;
      System.arraycopy(shape, 0, rows, 1, shape.length);
      shape = rows;
    }
    Tensor tensor = Tensor.allocate(unit.type, shape);
    ByteBuffer target = tensor.data();
    int bytes = unit.bytes();
    for (int i = 0; i < members.length; i++) {
      ByteBuffer piece = from.pieces.get(name).get(members[i] / from.perPiece);
      target.put(i * bytes, piece, members[i] % from.perPiece * bytes, bytes);
    }
    return tensor;
  }

  private Group group(int number) {
    return groups.values().stream().skip(number).findFirst().orElseThrow();
  }
}
