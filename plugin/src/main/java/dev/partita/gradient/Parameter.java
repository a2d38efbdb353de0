package dev.partita.gradient;

import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;

/**
 * A value that is to be varied. It becomes an input of float32 whatever the value's own type and
 * layout.
 *
 * @param value name of the value: a constant, or made of constants
 * @param shape of the input
 * @param transposed whether the value holds the two axes of the input the other way round
 * @param dims shape of the value, or of what is added to it
 * @param format of the value's elements
 * @param added whether the input is added to the value, a constant that is kept, instead of
 *     standing in its place
 */
public record Parameter(
    String value,
    ImmutableLongArray shape,
    boolean transposed,
    ImmutableLongArray dims,
    ElementType format,
    boolean added) {

  /** A weight {@code [ins, outs]} that replaces a value of the given layout. */
  public static Parameter weight(
      String value,
      int ins,
      int outs,
      boolean transposed,
      ImmutableLongArray dims,
      ElementType format) {
    return new Parameter(value, ImmutableLongArray.of(ins, outs), transposed, dims, format, false);
  }

  /** A number for each output, added to a constant in whose shape they are given. */
  public static Parameter shift(
      String value, int outs, ImmutableLongArray dims, ElementType format) {
    return new Parameter(value, ImmutableLongArray.of(outs), false, dims, format, true);
  }
}
