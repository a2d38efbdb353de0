package dev.partita.onnx.facts;

import com.google.common.collect.ImmutableMap;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.Operator.Domain;
import dev.partita.onnx.facts.Operator.Features;
import dev.partita.onnx.facts.Operator.Rank;

/**
 * Every operator of which more is known than its name, a line for each: from the operator reference
 * of the ONNX standard (versions of the default domain 1 to 26) and that of ONNX Runtime's contrib
 * operators.
 */
public final class Operators {

  private static final int ANY = Integer.MAX_VALUE;

  private static final Operator UNKNOWN =
      new Operator("", Domain.BOTH, 0, ANY, ANY, Features.MIXED, Rank.UNKNOWN, false);

  private static final ImmutableMap<String, Operator> ALL = new Table().all.buildOrThrow();

  private Operators() {}

  /** All of them, by name. */
  public static ImmutableMap<String, Operator> all() {
    return ALL;
  }

  /** What is known of the operator of a name, whosever it is; of another, nothing. */
  public static Operator named(String name) {
    Operator operator = ALL.get(name);
    return operator == null ? UNKNOWN : operator;
  }

  /** What is known of the operator of a node; nothing where that is of another domain. */
  public static Operator of(NodeProto node) {
    Operator operator = named(node.getOpType());
    boolean known =
        switch (node.getDomain()) {
          case "", "ai.onnx" -> operator.domain() != Domain.MICROSOFT;
          case "com.microsoft" -> operator.domain() != Domain.STANDARD;
          default -> false;
        };
    return known ? operator : UNKNOWN;
  }

  /** The lines. */
  private static final class Table {

    private static final boolean GRADIENT = true;
    private static final boolean NO_GRADIENT = false;

    private final ImmutableMap.Builder<String, Operator> all = ImmutableMap.builder();

    Table() {
      elementwise("Abs", GRADIENT);
      elementwise("Acos", NO_GRADIENT);
      elementwise("Acosh", NO_GRADIENT);
      elementwise("Asin", NO_GRADIENT);
      elementwise("Asinh", NO_GRADIENT);
      elementwise("Atan", NO_GRADIENT);
      elementwise("Atanh", NO_GRADIENT);
      elementwise("Cast", GRADIENT);
      elementwise("Ceil", NO_GRADIENT);
      elementwise("Celu", NO_GRADIENT);
      elementwise("Clip", GRADIENT);
      elementwise("Cos", NO_GRADIENT);
      elementwise("Cosh", NO_GRADIENT);
      elementwise("Elu", GRADIENT);
      elementwise("Erf", GRADIENT);
      elementwise("Exp", GRADIENT);
      elementwise("Floor", NO_GRADIENT);
      elementwise("HardSigmoid", GRADIENT);
      elementwise("HardSwish", GRADIENT);
      elementwise("Identity", GRADIENT);
      elementwise("LeakyRelu", GRADIENT);
      elementwise("Log", GRADIENT);
      elementwise("Mish", NO_GRADIENT);
      elementwise("Neg", GRADIENT);
      elementwise("Reciprocal", GRADIENT);
      elementwise("Relu", GRADIENT);
      elementwise("Round", NO_GRADIENT);
      elementwise("Selu", NO_GRADIENT);
      elementwise("Shrink", NO_GRADIENT);
      elementwise("Sigmoid", GRADIENT);
      elementwise("Sign", NO_GRADIENT);
      elementwise("Sin", NO_GRADIENT);
      elementwise("Sinh", NO_GRADIENT);
      elementwise("Softplus", GRADIENT);
      elementwise("Softsign", GRADIENT);
      elementwise("Sqrt", GRADIENT);
      elementwise("Swish", NO_GRADIENT);
      elementwise("Tan", NO_GRADIENT);
      elementwise("Tanh", GRADIENT);
      elementwise("ThresholdedRelu", NO_GRADIENT);
      add("Gelu", Domain.BOTH, 1, ANY, 1, Features.ELEMENTWISE, Rank.FIRST, GRADIENT);
      // A third input says that it drops something.
      add("Dropout", Domain.STANDARD, 1, 2, ANY, Features.ELEMENTWISE, Rank.FIRST, GRADIENT);

      broadcast("Add", 2, Features.BROADCAST, GRADIENT);
      broadcast("Div", 2, Features.BROADCAST, GRADIENT);
      broadcast("Max", 1, Features.BROADCAST, NO_GRADIENT);
      broadcast("Mean", 1, Features.BROADCAST, NO_GRADIENT);
      broadcast("Min", 1, Features.BROADCAST, NO_GRADIENT);
      broadcast("Mul", 2, Features.BROADCAST, GRADIENT);
      broadcast("Pow", 2, Features.BROADCAST, GRADIENT);
      broadcast("PRelu", 2, Features.SLOPED, GRADIENT);
      broadcast("Sub", 2, Features.BROADCAST, GRADIENT);
      broadcast("Sum", 1, Features.BROADCAST, GRADIENT);

      microsoft("BiasGelu", Features.BIASED, Rank.FIRST, NO_GRADIENT);
      microsoft("FastGelu", Features.BIASED, Rank.FIRST, NO_GRADIENT);
      microsoft("QuickGelu", Features.BIASED, Rank.FIRST, GRADIENT);
      scaled("DequantizeLinear");
      scaled("QuantizeLinear");
      standard("BatchNormalization", 5, Features.NORMALIZED, Rank.FIRST, GRADIENT);

      standard("Flatten", 1, Features.MOVED, Rank.MATRIX, GRADIENT);
      standard("Reshape", 1, Features.MOVED, Rank.SHAPE, GRADIENT);
      standard("Squeeze", 1, Features.MOVED, Rank.UNKNOWN, GRADIENT);
      standard("Transpose", 1, Features.MOVED, Rank.PERMUTATION, GRADIENT);
      standard("Unsqueeze", 1, Features.MOVED, Rank.UNKNOWN, GRADIENT);

      standard("ArgMax", 1, Features.SCORES, Rank.UNKNOWN, NO_GRADIENT);
      standard("LogSoftmax", 1, Features.SCORES, Rank.FIRST, GRADIENT);
      standard("Softmax", 1, Features.SCORES, Rank.FIRST, GRADIENT);

      standard("DynamicQuantizeLinear", 1, Features.MIXED, Rank.FIRST, NO_GRADIENT);
      standard("GlobalLpPool", 0, Features.MIXED, Rank.FIRST, NO_GRADIENT);
      standard("GroupNormalization", 0, Features.MIXED, Rank.FIRST, NO_GRADIENT);
      standard("InstanceNormalization", 0, Features.MIXED, Rank.FIRST, NO_GRADIENT);
      standard("LayerNormalization", 1, Features.MIXED, Rank.FIRST, GRADIENT);
      standard("ReduceMean", 1, Features.MIXED, Rank.UNKNOWN, GRADIENT);
      standard("ReduceSum", 0, Features.MIXED, Rank.UNKNOWN, GRADIENT);
      standard("RMSNormalization", 0, Features.MIXED, Rank.FIRST, NO_GRADIENT);
      standard("SimplifiedLayerNormalization", 0, Features.MIXED, Rank.FIRST, NO_GRADIENT);
      standard("Where", 0, Features.MIXED, Rank.UNKNOWN, GRADIENT);
      microsoft("SkipLayerNormalization", Features.MIXED, Rank.FIRST, NO_GRADIENT);

      standard("AveragePool", 0, Features.REGROUPED, Rank.FIRST, NO_GRADIENT);
      standard("Concat", 1, Features.REGROUPED, Rank.UNKNOWN, GRADIENT);
      standard("Conv", 2, Features.REGROUPED, Rank.FIRST, GRADIENT);
      standard("Expand", 1, Features.REGROUPED, Rank.UNKNOWN, GRADIENT);
      standard("Gather", 2, Features.REGROUPED, Rank.UNKNOWN, GRADIENT);
      standard("GlobalAveragePool", 1, Features.REGROUPED, Rank.FIRST, GRADIENT);
      standard("GlobalMaxPool", 1, Features.REGROUPED, Rank.FIRST, NO_GRADIENT);
      standard("MaxPool", 0, Features.REGROUPED, Rank.FIRST, NO_GRADIENT);
      standard("Slice", 1, Features.REGROUPED, Rank.UNKNOWN, GRADIENT);
      standard("Split", 1, Features.REGROUPED, Rank.UNKNOWN, GRADIENT);

      product("Gemm", 2, Rank.MATRIX, GRADIENT);
      product("MatMul", 2, Rank.PRODUCT, GRADIENT);
      product("MatMulInteger", 2, Rank.PRODUCT, NO_GRADIENT);
      product("QLinearMatMul", 8, Rank.SCALED_PRODUCT, NO_GRADIENT);
      microsoft("DynamicQuantizeMatMul", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("FusedGemm", Features.PRODUCT, Rank.MATRIX, NO_GRADIENT);
      microsoft("FusedMatMul", Features.PRODUCT, Rank.PRODUCT, GRADIENT);
      microsoft("FusedMatMulActivation", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("GemmFastGelu", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("MatMulBnb4", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("MatMulFpQ4", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("MatMulIntegerToFloat", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("MatMulNBits", Features.PRODUCT, Rank.FIRST, NO_GRADIENT);
      microsoft("QGemm", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("SparseToDenseMatMul", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
      microsoft("TransposeMatMul", Features.PRODUCT, Rank.UNKNOWN, NO_GRADIENT);
    }

    private void elementwise(String name, boolean gradient) {
      add(name, Domain.STANDARD, 1, ANY, 1, Features.ELEMENTWISE, Rank.FIRST, gradient);
    }

    private void broadcast(String name, int inputs, Features features, boolean gradient) {
      add(name, Domain.STANDARD, inputs, ANY, 1, features, Rank.BROADCAST, gradient);
    }

    private void scaled(String name) {
      add(name, Domain.BOTH, 2, ANY, ANY, Features.SCALED, Rank.FIRST, NO_GRADIENT);
    }

    private void product(String name, int inputs, Rank rank, boolean gradient) {
      add(name, Domain.STANDARD, inputs, ANY, 1, Features.PRODUCT, rank, gradient);
    }

    private void standard(String name, int inputs, Features features, Rank rank, boolean gradient) {
      add(name, Domain.STANDARD, inputs, ANY, ANY, features, rank, gradient);
    }

    private void microsoft(String name, Features features, Rank rank, boolean gradient) {
      add(name, Domain.MICROSOFT, 0, ANY, ANY, features, rank, gradient);
    }

    private void add(
        String name,
        Domain domain,
        int fewestInputs,
        int mostInputs,
        int mostOutputs,
        Features features,
        Rank rank,
        boolean gradient) {
      all.put(
          name,
          new Operator(
              name, domain, fewestInputs, mostInputs, mostOutputs, features, rank, gradient));
    }
  }
}
