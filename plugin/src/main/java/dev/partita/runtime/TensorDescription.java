package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.util.Collections;

/**
 * An input or output of a model.
 *
 * @param name the value's name
 * @param type its element type
 * @param shape its dimensions, -1 where one is dynamic
 * @param dimensionNames the symbolic name of each dimension, empty where it has none; one for each
 *     dimension
 */
public record TensorDescription(
    String name, ElementType type, ImmutableLongArray shape, ImmutableList<String> dimensionNames) {

  public TensorDescription {
    if (dimensionNames.size() != shape.length()) {
      throw new IllegalArgumentException(
          "\"%s\" has %d dimensions and %d names for them."
              .formatted(name, shape.length(), dimensionNames.size()));
    }
  }

  /** A description whose dynamic dimensions have no names. */
  public static TensorDescription of(String name, ElementType type, long... shape) {
    return new TensorDescription(
        name,
        type,
        ImmutableLongArray.copyOf(shape),
        ImmutableList.copyOf(Collections.nCopies(shape.length, "")));
  }

  /** Number of dimensions. */
  public int rank() {
    return shape.length();
  }

  /** The shape as messages show it: {@code [batch, 784]}, with {@code ?} for a nameless one. */
  public String shapeText() {
    StringBuilder text = new StringBuilder("[");
    for (int axis = 0; axis < rank(); axis++) {
      text.append(axis == 0 ? "" : ", ");
      if (shape.get(axis) >= 0) {
        text.append(shape.get(axis));
      } else {
        text.append(dimensionNames.get(axis).isEmpty() ? "?" : dimensionNames.get(axis));
      }
    }
    return text.append(']').toString();
  }
}
