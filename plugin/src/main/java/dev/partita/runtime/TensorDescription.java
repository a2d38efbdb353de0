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
 * @param facts what is known of it beyond that
 */
public record TensorDescription(
    String name,
    ElementType type,
    ImmutableLongArray shape,
    ImmutableList<String> dimensionNames,
    Facts facts) {

  /**
   * What a session does not tell of an input.
   *
   * @param ranked whether it is known how many dimensions there are; the shape is empty if not
   * @param bound the whole numbers that an index may be are below it; 0 where none is known
   */
  public record Facts(boolean ranked, int bound) {
    /** Nothing more is known. */
    public static final Facts NONE = new Facts(true, 0);
  }

  /** A description of which nothing more is known. */
  public TensorDescription(
      String name,
      ElementType type,
      ImmutableLongArray shape,
      ImmutableList<String> dimensionNames) {
    this(name, type, shape, dimensionNames, Facts.NONE);
  }

  /** The same with what else is known. */
  public TensorDescription with(Facts known) {
    return new TensorDescription(name, type, shape, dimensionNames, known);
  }

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
    if (!facts.ranked()) {
      return "(no declared shape)";
    }
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
