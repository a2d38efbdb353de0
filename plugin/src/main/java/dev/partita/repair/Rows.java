package dev.partita.repair;

import dev.partita.runtime.Tensor;
import java.nio.FloatBuffer;

/**
 * A batch of activations as a matrix: all leading axes are rows.
 *
 * @param tensor float32, of any rank from 1 on
 * @param features the size of the last axis
 */
public record Rows(Tensor tensor, int features) {

  /** The matrix of a tensor. */
  public static Rows of(Tensor tensor) {
    return new Rows(tensor, Math.toIntExact(tensor.shape().get(tensor.rank() - 1)));
  }

  /** The number of rows. */
  public int count() {
    return features == 0 ? 0 : tensor.elements() / features;
  }

  /** All elements, row-major. */
  public float[] values() {
    FloatBuffer buffer = tensor.asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
