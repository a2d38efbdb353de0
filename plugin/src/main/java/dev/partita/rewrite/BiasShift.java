package dev.partita.rewrite;

import dev.partita.dense.Bias;
import dev.partita.dense.DenseLayer;
import dev.partita.model.FloatView;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;

/** The bias of a block whose weights were recomputed. */
final class BiasShift {

  private BiasShift() {}

  /**
   * The layer's own bias, times its beta, restricted to some outputs, plus a number for each.
   *
   * @return of shape {@code [outs]}, or {@code [..., outs]} where the original differs from row to
   *     row
   */
  static TensorProto shift(
      OnnxModel model, DenseLayer layer, int[] outs, float[] shift, String name) {
    Bias bias = layer.bias();
    if (bias == null) {
      return Tensors.ofFloats(name, shift.clone(), outs.length);
    }
    FloatView values = Tensors.floats(model, bias.tensor());
    boolean perRow = bias.kind() == Bias.Kind.PER_ROW || bias.kind() == Bias.Kind.FULL;
    boolean perFeature = bias.kind() == Bias.Kind.PER_FEATURE || bias.kind() == Bias.Kind.FULL;
    int width = perFeature ? layer.out() : 1;
    int rows = perRow ? Math.toIntExact(values.size() / width) : 1;
    float[] shifted = new float[Math.multiplyExact(rows, outs.length)];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < outs.length; i++) {
        float own = values.get((long) row * width + (perFeature ? outs[i] : 0));
        shifted[row * outs.length + i] = layer.beta() * own + shift[i];
      }
    }
    if (!perRow) {
      return Tensors.ofFloats(name, shifted, outs.length);
    }
    long[] dims = bias.tensor().getDimsList().stream().mapToLong(Long::longValue).toArray();
    dims[dims.length - 1] = outs.length;
    return Tensors.ofFloats(name, shifted, dims);
  }
}
