package dev.partita.rewrite;

import dev.partita.dense.find.DecodeStep;
import dev.partita.model.ElementType;

/**
 * Real numbers as whole ones again: {@code w ~ (q - zeroPoint) * scale}, the range of each scale
 * just as wide as its largest weight.
 *
 * @param format of the whole numbers
 * @param elements the whole numbers, row-major
 * @param scales one, or one for each place of the axis that the original has scales along
 * @param zeroPoint the same for all: the middle of the range
 */
record Requantized(ElementType format, float[] elements, float[] scales, float zeroPoint) {

  /**
   * Quantizes.
   *
   * @param values row-major, of shape {@code dims}
   * @param like says along which axis scales differ, and whether there is a zero point
   * @param format of the whole numbers
   */
  static Requantized of(float[] values, long[] dims, DecodeStep.Linear like, ElementType format) {
    boolean signed = format.smallest() < 0;
    // A range that is the same on both sides, as int8 weights have it.
    float largest = signed ? format.largest() : (format.largest() - 1) / 2f;
    float zero = signed || like.zeroPoint() == null ? 0 : (format.largest() + 1) / 2f;
    int places = like.axis() < 0 ? 1 : Math.toIntExact(dims[like.axis()]);
    long behind = 1;
    for (int axis = like.axis() + 1; like.axis() >= 0 && axis < dims.length; axis++) {
      behind *= dims[axis];
    }
    float[] scales = new float[places];
    for (int i = 0; i < values.length; i++) {
      int place = place(i, behind, places);
      scales[place] = Math.max(scales[place], Math.abs(values[i]) / largest);
    }
    for (int place = 0; place < places; place++) {
      scales[place] = scales[place] > 0 ? scales[place] : 1;
    }
    float[] elements = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      elements[i] = (float) Math.rint(values[i] / scales[place(i, behind, places)]) + zero;
    }
    return new Requantized(format, elements, scales, zero);
  }

  private static int place(int element, long behind, int places) {
    return places == 1 ? 0 : (int) (element / behind % places);
  }
}
