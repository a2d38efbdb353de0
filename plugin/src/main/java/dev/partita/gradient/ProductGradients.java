package dev.partita.gradient;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.Nodes;
import dev.partita.onnx.AttributeProto;
import java.util.List;

/** Matrix products. */
final class ProductGradients {

  private ProductGradients() {}

  static ImmutableMap<String, OperatorGradient> all() {
    return ImmutableMap.of(
        "MatMul",
        ProductGradients::matMul,
        "FusedMatMul",
        ProductGradients::fusedMatMul,
        "Gemm",
        ProductGradients::gemm,
        "Conv",
        ProductGradients::pointwise);
  }

  /** dA = dY B', dB = A' dY. */
  private static void matMul(Step step) {
    ValueType a = step.typeIn(0);
    ValueType b = step.typeIn(1);
    if (a.rank() < 2 || b.rank() < 2) {
      throw step.refuse(" of a vector");
    }
    Emitter e = step.emit();
    if (step.wants(0)) {
      String product = e.node("MatMul", List.of(step.dy(), e.transposeLast(step.in(1), b.rank())));
      step.give(0, e.unbroadcast(product, batched(step, a), step.in(0), a));
    }
    if (step.wants(1) && b.rank() == 2) {
      // One product of all rows is faster than a sum of many.
      String rows = e.reshape(step.in(0), -1, a.dim(-1));
      String made = e.reshape(step.dy(), -1, b.dim(-1));
      step.give(1, e.node("MatMul", List.of(e.transpose(rows, 1, 0), made)));
    } else if (step.wants(1)) {
      String product = e.node("MatMul", List.of(e.transposeLast(step.in(0), a.rank()), step.dy()));
      step.give(1, e.unbroadcast(product, batched(step, b), step.in(1), b));
    }
  }

  /** The dimensions of a gradient with the batch axes of the output and an operand's matrix. */
  private static ImmutableLongArray batched(Step step, ValueType operand) {
    ImmutableLongArray out = step.type(step.out()).dims();
    ImmutableLongArray.Builder dims = ImmutableLongArray.builder();
    dims.addAll(out.subArray(0, out.length() - 2));
    return dims.add(operand.dim(-2)).add(operand.dim(-1)).build();
  }

  /** ONNX Runtime's: a product with flags for transposed operands and a factor. */
  private static void fusedMatMul(Step step) {
    boolean plain =
        step.integer("transA", 0) == 0
            && step.integer("transB", 0) == 0
            && step.integer("transBatchA", 0) == 0
            && step.integer("transBatchB", 0) == 0
            && step.number("alpha", 1) == 1;
    if (!plain) {
      throw step.refuse(" with transposed operands or a factor");
    }
    matMul(step);
  }

  /** Y = alpha A* B* + beta C, where a star is an optional transposition. */
  private static void gemm(Step step) {
    boolean ta = step.integer("transA", 0) != 0;
    boolean tb = step.integer("transB", 0) != 0;
    String dy = step.dy();
    if (step.wants(0)) {
      String b = step.in(1);
      step.give(0, ta ? product(step, b, tb, dy, true) : product(step, dy, false, b, !tb));
    }
    if (step.wants(1)) {
      String a = step.in(0);
      step.give(1, tb ? product(step, dy, true, a, ta) : product(step, a, !ta, dy, false));
    }
    if (step.wants(2)) {
      float beta = step.number("beta", 1);
      step.giveRepeated(2, beta == 1 ? dy : step.emit().mul(step.scalar(beta), dy));
    }
  }

  private static String product(Step step, String a, boolean ta, String b, boolean tb) {
    AttributeProto alpha =
        AttributeProto.newBuilder()
            .setName("alpha")
            .setType(AttributeProto.AttributeType.FLOAT)
            .setF(step.number("alpha", 1))
            .build();
    Emitter e = step.emit();
    List<String> inputs =
        e.set().hasOptionalGemmBias() ? List.of(a, b) : List.of(a, b, step.scalar(0));
    return e.node(
        "Gemm",
        inputs,
        alpha,
        Nodes.ofInt("transA", ta ? 1 : 0),
        Nodes.ofInt("transB", tb ? 1 : 0));
  }

  /** A 1x1 convolution of one group and stride 1 is a product over the channels. */
  private static void pointwise(Step step) {
    ValueType x = step.typeIn(0);
    ValueType w = step.typeIn(1);
    boolean point = w.dims().subArray(2, w.rank()).stream().allMatch(size -> size == 1);
    List<Long> strides = step.longs("strides", Integer.MAX_VALUE);
    List<Long> pads = step.longs("pads", Integer.MAX_VALUE);
    boolean plain =
        point
            && step.integer("group", 1) == 1
            && (strides == null || strides.stream().allMatch(stride -> stride == 1))
            && (pads == null || pads.stream().allMatch(pad -> pad == 0));
    if (!plain) {
      throw step.refuse(" that is not a product over the channels");
    }
    Emitter e = step.emit();
    String weight = e.reshape(step.in(1), w.dim(0), w.dim(1));
    String made = e.reshape(step.dy(), 0, w.dim(0), -1);
    if (step.wants(0)) {
      String product = e.node("MatMul", List.of(e.transpose(weight, 1, 0), made));
      step.give(0, e.reshapeLike(product, step.in(0)));
    }
    if (step.wants(1)) {
      String rows = e.transpose(e.reshape(step.in(0), 0, x.dim(1), -1), 0, 2, 1);
      String product = e.node("MatMul", List.of(made, rows));
      step.give(1, e.reshapeLike(e.reduceSum(product, false, 0), step.in(1)));
    }
    if (step.wants(2)) {
      step.give(2, e.reduceSum(made, false, 0, 2));
    }
  }
}
