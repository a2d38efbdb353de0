package dev.partita.gradient;

import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.model.Names;
import dev.partita.model.Nodes;
import dev.partita.model.OperatorSet;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Emits nodes of the default domain in the forms that an operator set has. */
final class Emitter {

  /**
   * Elements of a matrix of ones and zeros that a product may have in place of a Gather. On the
   * last axis ONNX Runtime moves elements one by one: four blocks of 97 features into 384, of 320
   * rows, took 1.8 ms each.
   */
  private static final long MOST_ONE_HOT = 1 << 20;

  private final OperatorSet set;
  private final Names names;
  private final List<NodeProto> nodes = new ArrayList<>();
  private final List<TensorProto> constants = new ArrayList<>();

  Emitter(OperatorSet set, Names names) {
    this.set = set;
    this.names = names;
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  List<TensorProto> constants() {
    return constants;
  }

  OperatorSet set() {
    return set;
  }

  String fresh(String wanted) {
    return names.fresh(wanted);
  }

  /** A node whose result has a new name, which is returned. */
  String node(String operator, List<String> inputs, AttributeProto... with) {
    String output = fresh("gradient/" + operator);
    named(operator, inputs, output, with);
    return output;
  }

  /** A node whose result has this name. */
  void named(String operator, List<String> inputs, String output, AttributeProto... with) {
    nodes.add(Nodes.of(operator, fresh(output + "/node"), inputs, output, with));
  }

  private String node(NodeProto.Builder node) {
    String output = fresh("gradient/" + node.getOpType());
    nodes.add(node.setName(fresh(output + "/node")).addOutput(output).build());
    return output;
  }

  String add(String a, String b) {
    return node("Add", List.of(a, b));
  }

  String sub(String a, String b) {
    return node("Sub", List.of(a, b));
  }

  String mul(String a, String b) {
    return node("Mul", List.of(a, b));
  }

  String div(String a, String b) {
    return node("Div", List.of(a, b));
  }

  /** A number of the given type. */
  String scalar(double value, ElementType format) {
    String name = fresh("gradient/scalar");
    constants.add(Tensors.ofNumbers(name, format, new float[] {(float) value}, Scratch.onHeap()));
    return name;
  }

  /** Numbers of the given type and dimensions. */
  String numbers(float[] values, ElementType format, long... dims) {
    String name = fresh("gradient/numbers");
    constants.add(Tensors.ofNumbers(name, format, values, Scratch.onHeap(), dims));
    return name;
  }

  private String longs(String what, long... values) {
    return longs(values);
  }

  /** A list of whole numbers. */
  String longs(long... values) {
    String name = fresh("gradient/longs");
    constants.add(Tensors.ofLongs(name, values, values.length));
    return name;
  }

  /** A constant that was made elsewhere. */
  void constant(TensorProto tensor) {
    constants.add(tensor);
  }

  /** A cast to a type, by its ONNX number. */
  String cast(String value, ElementType format) {
    return node("Cast", List.of(value), Nodes.ofInt("to", format.onnxNumber()));
  }

  /** 1 where a is greater than b, else 0. */
  String greater(String a, String b, ElementType format) {
    return cast(node("Greater", List.of(a, b)), format);
  }

  String transpose(String value, long... permutation) {
    return node("Transpose", List.of(value), Nodes.ofInts("perm", permutation));
  }

  /** The last two axes the other way round. */
  String transposeLast(String value, int rank) {
    long[] permutation = LongStream.range(0, rank).toArray();
    permutation[rank - 1] = rank - 2L;
    permutation[rank - 2] = rank - 1L;
    return transpose(value, permutation);
  }

  String reshape(String value, long... dims) {
    return node("Reshape", List.of(value, longs(dims)));
  }

  /** In the shape that another value has when it runs. */
  String reshapeLike(String value, String like) {
    return node("Reshape", List.of(value, node("Shape", List.of(like))));
  }

  /** Repeated to the shape that another value has when it runs. */
  String expandLike(String value, String like) {
    return node("Expand", List.of(value, node("Shape", List.of(like))));
  }

  String reduceSum(String value, boolean keep, long... axes) {
    return node(set.reduceSum(value, keep, axes, this::longs));
  }

  String reduceMean(String value, boolean keep, long... axes) {
    return node(set.reduceMean(value, keep, axes, this::longs));
  }

  /** The sum of all elements. */
  String total(String value, int rank) {
    return rank == 0 ? value : reduceSum(value, false, LongStream.range(0, rank).toArray());
  }

  String slice(String value, long axis, long start, long end) {
    return node(set.slice(value, axis, start, end, this::longs));
  }

  /** Zeros before and after along an axis. */
  String pad(String value, int rank, int axis, long before, long after) {
    if (before == 0 && after == 0) {
      return value;
    }
    long[] pads = new long[2 * rank];
    pads[axis] = before;
    pads[rank + axis] = after;
    return node(set.pad(value, pads, this::longs));
  }

  String gather(String value, int axis, long... indices) {
    return node("Gather", List.of(value, longs(indices)), Nodes.ofInt("axis", axis));
  }

  /**
   * Puts features that were taken from {@code size} back into their places, zeros elsewhere.
   *
   * @param format of the numbers
   */
  String scatter(String taken, ElementType format, int rank, int axis, long[] indices, long size) {
    long first = indices.length == 0 ? 0 : indices[0];
    if (IntStream.range(0, indices.length).allMatch(i -> indices[i] == first + i)) {
      return pad(taken, rank, axis, first, size - first - indices.length);
    }
    if (axis == rank - 1 && rank >= 2 && indices.length * size <= MOST_ONE_HOT) {
      return node("MatMul", List.of(taken, oneHot(format, indices, Math.toIntExact(size))));
    }
    long[] places = new long[Math.toIntExact(size)];
    Arrays.fill(places, indices.length);
    for (int i = 0; i < indices.length; i++) {
      places[Math.toIntExact(indices[i])] = i;
    }
    boolean all = indices.length == size;
    return gather(all ? taken : pad(taken, rank, axis, 0, 1), axis, places);
  }

  /** A matrix whose rows each have a 1 at one place. */
  private String oneHot(ElementType format, long[] places, int size) {
    float[] values = new float[places.length * size];
    for (int i = 0; i < places.length; i++) {
      values[i * size + Math.toIntExact(places[i])] = 1;
    }
    String name = fresh("gradient/places");
    constants.add(Tensors.ofNumbers(name, format, values, Scratch.onHeap(), places.length, size));
    return name;
  }

  /**
   * Sums a gradient over the axes along which an operand was repeated.
   *
   * @param made dimensions of the gradient
   * @param operand the operand, whose shape the result has
   * @param own its dimensions
   */
  String unbroadcast(String gradient, ImmutableLongArray made, String operand, ValueType own) {
    int lead = made.length() - own.rank();
    long[] axes =
        LongStream.range(0, made.length())
            .filter(
                axis ->
                    axis < lead
                        || (own.dim(axis - lead) == 1 && made.get(Math.toIntExact(axis)) != 1))
            .toArray();
    return axes.length == 0 ? gradient : reshapeLike(reduceSum(gradient, true, axes), operand);
  }
}
