package dev.partita.runtime;

import com.google.common.primitives.ImmutableLongArray;

/**
 * How the samples of an array go into an input of a model.
 *
 * @param kind what a sample is
 * @param axis of the input that counts the samples of a batch; -1 where none does
 */
record Placement(Kind kind, int axis) {

  enum Kind {
    /** The first axis of array and input counts the samples. */
    ROWS,
    /** Another axis of both does. */
    AXIS,
    /** The array is one sample, without the input's first axis. */
    ONE_ROW,
    /** The first axis of the array counts the samples; the input is one of them and has none. */
    WHOLE,
    /** Every batch reads all of the array. */
    SHARED
  }

  static final Placement ROWS = new Placement(Kind.ROWS, 0);
  static final Placement ONE_ROW = new Placement(Kind.ONE_ROW, 0);
  static final Placement WHOLE = new Placement(Kind.WHOLE, -1);
  static final Placement SHARED = new Placement(Kind.SHARED, -1);

  static Placement ofAxis(int axis) {
    return axis == 0 ? ROWS : new Placement(Kind.AXIS, axis);
  }

  /** How many samples an array of this shape has; -1 where it has those of all others. */
  long samples(ImmutableLongArray shape) {
    return switch (kind) {
      case ROWS, WHOLE -> shape.get(0);
      case AXIS -> shape.get(axis);
      case ONE_ROW -> 1;
      case SHARED -> -1;
    };
  }

  /** As a message says it of an array, with the verb. */
  String text(ImmutableLongArray shape) {
    return switch (kind) {
      case ROWS -> "has %d samples along the first axis".formatted(shape.get(0));
      case AXIS -> "has %d samples along axis %d".formatted(shape.get(axis), axis);
      case ONE_ROW -> "is one sample without its first axis";
      case WHOLE -> "has %d samples, each of them a whole input".formatted(shape.get(0));
      case SHARED -> "is the same for all samples";
    };
  }
}
