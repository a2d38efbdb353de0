package dev.partita.gradient;

import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;

/**
 * What a value was like in one run.
 *
 * @param format of its elements
 * @param dims as they were; those that depend on the batch are others in other runs
 */
public record ValueType(ElementType format, ImmutableLongArray dims) {

  int rank() {
    return dims.length();
  }

  /** An axis counted from the front, given from either end. */
  int axis(long axis) {
    return Math.toIntExact(axis < 0 ? axis + rank() : axis);
  }

  /** The dimension at an axis counted from either end. */
  long dim(long axis) {
    return dims.get(axis(axis));
  }
}
