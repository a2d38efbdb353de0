package dev.partita.runtime;

/** Copies of tensors with their axes in another order. */
final class Axes {
  private Axes() {}

  /** An axis moved to the front. */
  static Tensor toFront(Tensor tensor, int axis) {
    long[] shape = tensor.shape().toArray();
    long[] moved = shape.clone();
    System.arraycopy(shape, 0, moved, 1, axis);
    moved[0] = shape[axis];
    return copy(tensor, moved, product(shape, 0, axis), shape[axis], axis);
  }

  /** The first axis moved to another place. */
  static Tensor fromFront(Tensor tensor, int axis) {
    long[] shape = tensor.shape().toArray();
    long[] moved = shape.clone();
    System.arraycopy(shape, 1, moved, 0, axis);
    moved[axis] = shape[0];
    return copy(tensor, moved, shape[0], product(shape, 1, axis + 1), axis);
  }

  /** Rows and columns of blocks exchanged: the blocks are what follows both. */
  private static Tensor copy(Tensor from, long[] shape, long rows, long columns, int axis) {
    Tensor to = Tensor.allocate(from.type(), shape);
    int block = Math.toIntExact(product(shape, axis + 1, shape.length) * from.type().bytes());
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int source = Math.toIntExact((row * columns + column) * block);
        int target = Math.toIntExact((column * rows + row) * block);
        to.data().put(target, from.data(), source, block);
      }
    }
    return to;
  }

  private static long product(long[] sizes, int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product *= sizes[i];
    }
    return product;
  }
}
