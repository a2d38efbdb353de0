package dev.partita.dense.find;

import dev.partita.model.ElementView;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import java.util.List;

/** One {@link DecodeStep}, ready to be applied to elements. Safe for use by several threads. */
final class ElementDecoder {

  private final DecodeStep step;
  private final float[] scales;
  private final float[] zeroPoints;

  private ElementDecoder(DecodeStep step, float[] scales, float[] zeroPoints) {
    this.step = step;
    this.scales = scales;
    this.zeroPoints = zeroPoints;
  }

  static List<ElementDecoder> of(OnnxModel model, ConstantSource source) {
    return source.steps().stream().map(step -> of(model, step)).toList();
  }

  private static ElementDecoder of(OnnxModel model, DecodeStep step) {
    if (step instanceof DecodeStep.Linear linear) {
      float[] scales = values(model, linear.scale());
      ConstantSource zero = linear.zeroPoint();
      float[] zeros = zero == null ? new float[scales.length] : values(model, zero);
      return new ElementDecoder(step, scales, zeros);
    }
    return new ElementDecoder(step, new float[0], new float[0]);
  }

  /** The axis along which the parameters differ; -1 for none. */
  int axis() {
    return step.axis();
  }

  /**
   * One element.
   *
   * @param place of the element along {@link #axis}
   */
  float decode(float value, int place) {
    if (step instanceof DecodeStep.Linear linear) {
      int at = step.axis() < 0 ? 0 : place;
      return linear.quantizes()
          ? linear.to().rounded((float) Math.rint(value / scales[at]) + zeroPoints[at])
          : linear.to().rounded((value - zeroPoints[at]) * scales[at]);
    }
    return ((DecodeStep.Cast) step).to().rounded(value);
  }

  /**
   * All elements of a small constant, row-major.
   *
   * @throws ArithmeticException if there are more than an array holds
   */
  static float[] values(OnnxModel model, ConstantSource source) {
    ElementView view = Tensors.view(model, source.stored());
    List<ElementDecoder> decoders = of(model, source);
    float[] values = new float[Math.toIntExact(source.elements())];
    int rank = source.rank();
    long[] strides = new long[rank];
    long stride = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= source.storedDims().get(axis);
    }
    int[] place = new int[rank];
    for (int i = 0; i < values.length; i++) {
      long at = 0;
      for (int axis = 0; axis < rank; axis++) {
        at += place[axis] * strides[source.order().get(axis)];
      }
      float value = view.get(at);
      for (ElementDecoder decoder : decoders) {
        value = decoder.decode(value, decoder.axis() < 0 ? 0 : place[decoder.axis()]);
      }
      values[i] = value;
      for (int axis = rank - 1; axis >= 0 && ++place[axis] == source.dim(axis); axis--) {
        place[axis] = 0;
      }
    }
    return values;
  }
}
