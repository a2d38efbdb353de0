package dev.partita.model;

import com.google.common.primitives.ImmutableIntArray;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.partita.onnx.TensorProto;
import dev.partita.workers.Workers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a part out of a stored tensor: some places of some axes, the axes in another order, each
 * element bit for bit as it was.
 */
public final class TensorCut {

  /** Below this many bytes, one thread is done sooner. */
  private static final int WORTH_SHARING = 1 << 20;

  private final ElementView view;
  private final long[] strides;
  private final int[][] places;
  private final ByteBuffer into;
  private byte[] row = new byte[0];

  private TensorCut(ElementView view, long[] strides, int[][] places, ByteBuffer into) {
    this.view = view;
    this.strides = strides;
    this.places = places;
    this.into = into;
  }

  /**
   * Cuts a tensor.
   *
   * @param storedDims the shape to see the stored elements in, row-major
   * @param order axis i of the result is axis {@code order[i]} of that shape
   * @param selection for each axis of the result the places to keep, in the order in which the
   *     result has them; null for all
   * @param name of the result
   */
  public static TensorProto cut(
      OnnxModel model,
      TensorProto stored,
      List<Long> storedDims,
      ImmutableIntArray order,
      List<int @Nullable []> selection,
      String name,
      Scratch scratch) {
    int rank = order.length();
    if (storedDims.contains(0L)) {
      // With a zero among them the other dimensions may be of any size.
      return empty(stored, storedDims, order, selection, name);
    }
    long[] storedStrides = new long[rank];
    long stride = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      storedStrides[axis] = stride;
      stride = Math.multiplyExact(stride, storedDims.get(axis));
    }
    TensorProto.Builder result =
        TensorProto.newBuilder().setName(name).setDataType(stored.getDataType());
    long[] strides = new long[rank];
    int[][] places = new int[rank][];
    long elements = 1;
    for (int axis = 0; axis < rank; axis++) {
      strides[axis] = storedStrides[order.get(axis)];
      int[] chosen = selection.get(axis);
      places[axis] =
          chosen != null ? chosen : all(Math.toIntExact(storedDims.get(order.get(axis))));
      elements = Math.multiplyExact(elements, (long) places[axis].length);
      result.addDims(places[axis].length);
    }
    ElementView view = Tensors.view(model, stored);
    ByteBuffer into = scratch.allocate(Math.multiplyExact(elements, view.format().bytes()));
    if (elements > 0) {
      fill(view, strides, places, into, scratch.workers());
    }
    return result.setRawData(UnsafeByteOperations.unsafeWrap(into.clear())).build();
  }

  private static TensorProto empty(
      TensorProto stored,
      List<Long> storedDims,
      ImmutableIntArray order,
      List<int @Nullable []> selection,
      String name) {
    TensorProto.Builder result =
        TensorProto.newBuilder().setName(name).setDataType(stored.getDataType());
    for (int axis = 0; axis < order.length(); axis++) {
      int[] chosen = selection.get(axis);
      result.addDims(chosen == null ? storedDims.get(order.get(axis)) : chosen.length);
    }
    return result.setRawData(ByteString.EMPTY).build();
  }

  /** Tiles of the first axis run side by side, each writing to a place of its own. */
  private static void fill(
      ElementView view, long[] strides, int[][] places, ByteBuffer into, Workers workers) {
    if (places.length < 2 || into.capacity() < WORTH_SHARING) {
      new TensorCut(view, strides, places, into).copy(0, 0);
      return;
    }
    int rows = places[0].length;
    int rowBytes = into.capacity() / rows;
    int tile = Math.max(1, WORTH_SHARING / Math.max(1, rowBytes));
    workers.forEach(
        (rows + tile - 1) / tile,
        t -> {
          int first = t * tile;
          int end = Math.min(rows, first + tile);
          int[][] own = places.clone();
          own[0] = Arrays.copyOfRange(places[0], first, end);
          ByteBuffer part =
              into.slice(first * rowBytes, (end - first) * rowBytes).order(ByteOrder.LITTLE_ENDIAN);
          new TensorCut(view, strides, own, part).copy(0, 0);
        });
  }

  private static int[] all(int size) {
    int[] all = new int[size];
    for (int i = 0; i < size; i++) {
      all[i] = i;
    }
    return all;
  }

  private void copy(int axis, long offset) {
    if (axis == places.length) {
      view.copy(offset, 1, into);
    } else if (axis == places.length - 1 && strides[axis] == 1) {
      copyRow(places[axis], offset);
    } else {
      for (int place : places[axis]) {
        copy(axis + 1, offset + place * strides[axis]);
      }
    }
  }

  /** Reads the span of a row at once and picks from it. */
  private void copyRow(int[] picked, long offset) {
    int first = picked[0];
    int last = picked[0];
    boolean contiguous = true;
    for (int i = 1; i < picked.length; i++) {
      contiguous &= picked[i] == picked[i - 1] + 1;
      first = Math.min(first, picked[i]);
      last = Math.max(last, picked[i]);
    }
    if (contiguous) {
      view.copy(offset + first, picked.length, into);
      return;
    }
    int width = view.format().bytes();
    int span = Math.multiplyExact(last - first + 1, width);
    if (row.length < span) {
      row = new byte[span];
    }
    ByteBuffer buffer = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
    view.copy(offset + first, last - first + 1, buffer);
    for (int place : picked) {
      int at = (place - first) * width;
      switch (width) {
        case 1 -> into.put(buffer.get(at));
        case 2 -> into.putShort(buffer.getShort(at));
        case 4 -> into.putInt(buffer.getInt(at));
        default -> into.putLong(buffer.getLong(at));
      }
    }
  }
}
