package dev.partita.rewrite;

import dev.partita.dense.find.Bias;
import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.ConstantValues;
import dev.partita.dense.find.DenseLayer;
import dev.partita.model.ElementType;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;
import java.util.Arrays;

/** The bias of a block whose weights were recomputed. */
final class BiasShift {

  private BiasShift() {}

  /**
   * The layer's own bias, times its beta, restricted to some outputs, plus a number for each; in
   * the type that the layer computes in.
   *
   * @return of shape {@code [outs]}, or {@code [..., outs]} where the original differs from row to
   *     row; with trailing axes of size 1 if features are not on the last axis
   */
  static TensorProto shift(
      OnnxModel model, DenseLayer layer, int[] outs, float[] shift, String name) {
    Bias bias = layer.bias();
    ElementType format = layer.weight().source().format();
    if (bias == null) {
      return Tensors.ofNumbers(name, format, shift, Scratch.onHeap(), shape(layer, outs.length));
    }
    ConstantSource source = bias.source();
    float[] values = ConstantValues.of(model, source);
    boolean perRow = bias.kind() == Bias.Kind.PER_ROW || bias.kind() == Bias.Kind.FULL;
    boolean perFeature = bias.kind() == Bias.Kind.PER_FEATURE || bias.kind() == Bias.Kind.FULL;
    int width = perFeature ? layer.out() : 1;
    int rows = perRow ? values.length / width : 1;
    float[] shifted = new float[Math.multiplyExact(rows, outs.length)];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < outs.length; i++) {
        float own = values[row * width + (perFeature ? outs[i] : 0)];
        shifted[row * outs.length + i] = layer.beta() * own + shift[i];
      }
    }
    if (!perRow) {
      return Tensors.ofNumbers(name, format, shifted, Scratch.onHeap(), shape(layer, outs.length));
    }
    long[] dims = source.dims().stream().mapToLong(Long::longValue).toArray();
    dims[dims.length - 1] = outs.length;
    return Tensors.ofNumbers(name, format, shifted, Scratch.onHeap(), dims);
  }

  /** What a product node takes is a list whatever the axis; what an Add adds is broadcast. */
  static long[] shape(DenseLayer layer, int outs) {
    long[] dims = new long[layer.form().biasInput() >= 0 ? 1 : -layer.to().axis()];
    Arrays.fill(dims, 1);
    dims[0] = outs;
    return dims;
  }
}
