package dev.partita.gradient;

import com.google.common.primitives.ImmutableLongArray;

/**
 * A constant of the graph that is to be varied. It becomes an input of float32 whatever the
 * constant's own type and layout.
 *
 * @param value name of the constant
 * @param shape of the input
 * @param transposed whether the constant holds the two axes of the input the other way round
 * @param dims shape of the constant, or of what is added to it
 * @param added whether the input is added to the constant, which is kept, instead of replacing it
 */
public record Parameter(
    String value,
    ImmutableLongArray shape,
    boolean transposed,
    ImmutableLongArray dims,
    boolean added) {

  /** A weight {@code [ins, outs]} in the place of a constant of the given layout. */
  public static Parameter weight(
      String value, int ins, int outs, boolean transposed, ImmutableLongArray dims) {
    return new Parameter(value, ImmutableLongArray.of(ins, outs), transposed, dims, false);
  }

  /** A number for each output, added to a constant that they stand in at one axis. */
  public static Parameter shift(String value, int outs, ImmutableLongArray dims) {
    return new Parameter(value, ImmutableLongArray.of(outs), false, dims, true);
  }
}
