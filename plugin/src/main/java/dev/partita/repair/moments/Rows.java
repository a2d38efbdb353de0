package dev.partita.repair.moments;

import com.google.common.primitives.ImmutableIntArray;
import dev.partita.model.ElementType;
import dev.partita.runtime.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A batch of activations as a matrix: the axis of the features makes columns, all others are rows.
 *
 * @param tensor of real numbers, of any rank from 1 on
 * @param axis of the features, from the end
 * @param kept numbers of the rows that count; null for all
 */
public record Rows(Tensor tensor, int axis, @Nullable ImmutableIntArray kept) {

  /** All rows. */
  public Rows(Tensor tensor, int axis) {
    this(tensor, axis, null);
  }

  /** The matrix of a tensor whose features are its last axis. */
  public static Rows of(Tensor tensor) {
    return new Rows(tensor, -1);
  }

  /** The number of features. */
  public int features() {
    return Math.toIntExact(tensor.shape().get(tensor.rank() + axis));
  }

  /** The number of rows that count. */
  public int count() {
    if (kept != null) {
      return kept.length();
    }
    int features = features();
    return features == 0 ? 0 : tensor.elements() / features;
  }

  /** The rows that count as float32, {@code [rows, features]}, row-major. */
  public float[] values() {
    float[] all = all();
    if (kept == null) {
      return all;
    }
    int features = features();
    float[] some = new float[Math.multiplyExact(kept.length(), features)];
    for (int i = 0; i < kept.length(); i++) {
      System.arraycopy(all, kept.get(i) * features, some, i * features, features);
    }
    return some;
  }

  private float[] all() {
    float[] values = new float[tensor.elements()];
    int features = features();
    int behind = 1;
    for (int i = tensor.rank() + axis + 1; i < tensor.rank(); i++) {
      behind *= Math.toIntExact(tensor.shape().get(i));
    }
    if (behind == 1 && tensor.type() == ElementType.FLOAT) {
      tensor.asFloatBuffer().get(values);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      int feature = i / behind % features;
      int row = i / (behind * features) * behind + i % behind;
      values[row * features + feature] = tensor.floatAt(i);
    }
    return values;
  }
}
