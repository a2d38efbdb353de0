package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.TensorProto;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A constant operand: a stored tensor, and the nodes between it and its reader. Exporters put a
 * Transpose, a Cast or a DequantizeLinear there.
 *
 * @param value the operand's name in the graph
 * @param stored the tensor
 * @param storedDims the shape to see its elements in, row-major; as many axes as the operand has
 * @param order axis i of the operand is axis {@code order[i]} of that shape
 * @param steps what is done to each element, first to last
 * @param format of the operand's elements
 */
public record ConstantSource(
    String value,
    TensorProto stored,
    ImmutableList<Long> storedDims,
    ImmutableIntArray order,
    ImmutableList<DecodeStep> steps,
    ElementType format) {

  /** The source of a value; null where it is not constant, or made in a way not known here. */
  public static @Nullable ConstantSource of(GraphIndex index, String value) {
    return ConstantTrace.trace(index, value);
  }

  /** The source that is a tensor and nothing else. */
  public static ConstantSource of(TensorProto tensor) {
    ElementType format = ElementType.ofNumbers(tensor.getDataType());
    if (format == null) {
      throw new IllegalArgumentException(tensor.getName() + " holds no numbers");
    }
    return new ConstantSource(
        tensor.getName(),
        tensor,
        ImmutableList.copyOf(tensor.getDimsList()),
        ImmutableIntArray.copyOf(IntStream.range(0, tensor.getDimsCount())),
        ImmutableList.of(),
        format);
  }

  /** The number of axes. */
  public int rank() {
    return order.length();
  }

  /** The size of an axis of the operand. */
  public long dim(int axis) {
    return storedDims.get(order.get(axis));
  }

  /** The operand's shape. */
  public ImmutableList<Long> dims() {
    return IntStream.range(0, rank()).mapToObj(this::dim).collect(ImmutableList.toImmutableList());
  }

  /** The number of elements. */
  public long elements() {
    long product = 1;
    for (long dim : storedDims) {
      product = Math.multiplyExact(product, dim);
    }
    return product;
  }

  /** Whether there is one element. */
  public boolean isScalar() {
    return storedDims.stream().allMatch(dim -> dim == 1);
  }
}
