package dev.partita.gradient;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Operators that sum over axes, and those that normalize with such sums. */
final class ReductionGradients {

  private ReductionGradients() {}

  static ImmutableMap<String, OperatorGradient> all() {
    return ImmutableMap.<String, OperatorGradient>builder()
        .put("ReduceSum", ReductionGradients::sum)
        .put("ReduceMean", ReductionGradients::mean)
        .put("GlobalAveragePool", ReductionGradients::pool)
        .put("Softmax", ReductionGradients::softmax)
        .put("LogSoftmax", ReductionGradients::logSoftmax)
        .put("LayerNormalization", ReductionGradients::layerNormalization)
        .put("BatchNormalization", ReductionGradients::batchNormalization)
        .buildOrThrow();
  }

  private static void sum(Step step) {
    step.give(0, repeated(step));
  }

  private static void mean(Step step) {
    step.give(0, step.emit().div(repeated(step), count(step)));
  }

  private static void pool(Step step) {
    String repeated = step.emit().expandLike(step.dy(), step.in(0));
    step.give(0, step.emit().div(repeated, count(step)));
  }

  /** The gradient of the result, once for each element that went into it. */
  private static String repeated(Step step) {
    Emitter e = step.emit();
    String kept = step.dy();
    if (step.integer("keepdims", 1) == 0) {
      ValueType x = step.typeIn(0);
      boolean[] reduced = new boolean[x.rank()];
      List<Long> axes = step.longs("axes", 1);
      if (axes == null || axes.isEmpty()) {
        if (step.integer("noop_with_empty_axes", 0) != 0) {
          return kept;
        }
        axes = LongStream.range(0, x.rank()).boxed().toList();
      }
      axes.forEach(axis -> reduced[x.axis(axis)] = true);
      // The shape of the input with 1 where it was summed: max(shape * keep, 1).
      long[] keep = new long[x.rank()];
      long[] ones = new long[x.rank()];
      for (int i = 0; i < keep.length; i++) {
        keep[i] = reduced[i] ? 0 : 1;
        ones[i] = reduced[i] ? 1 : 0;
      }
      String shape = e.node("Shape", List.of(step.in(0)));
      String target = e.add(e.mul(shape, e.longs(keep)), e.longs(ones));
      kept = e.node("Reshape", List.of(kept, target));
    }
    return e.expandLike(kept, step.in(0));
  }

  /** How many elements went into each element of the result. */
  private static String count(Step step) {
    Emitter e = step.emit();
    String all = e.node("Size", List.of(step.in(0)));
    return e.cast(e.div(all, e.node("Size", List.of(step.out()))), step.format());
  }

  private static int softmaxAxis(Step step) {
    ValueType x = step.typeIn(0);
    boolean one = step.emit().set().hasSoftmaxOfOneAxis();
    int axis = x.axis(step.integer("axis", one ? -1 : 1));
    if (!one && axis != x.rank() - 1) {
      throw step.refuse(" over several axes at once");
    }
    return axis;
  }

  private static void softmax(Step step) {
    Emitter e = step.emit();
    String weighted = e.mul(step.dy(), step.out());
    String sum = e.reduceSum(weighted, true, softmaxAxis(step));
    step.give(0, e.sub(weighted, e.mul(step.out(), sum)));
  }

  private static void logSoftmax(Step step) {
    Emitter e = step.emit();
    String sum = e.reduceSum(step.dy(), true, softmaxAxis(step));
    String share = e.node("Exp", List.of(step.out()));
    step.give(0, e.sub(step.dy(), e.mul(share, sum)));
  }

  private static void layerNormalization(Step step) {
    Emitter e = step.emit();
    ValueType x = step.typeIn(0);
    long[] axes = LongStream.range(x.axis(step.integer("axis", -1)), x.rank()).toArray();
    String centred = e.sub(step.in(0), e.reduceMean(step.in(0), true, axes));
    String variance = e.reduceMean(e.mul(centred, centred), true, axes);
    String floor = step.scalar(step.number("epsilon", 1e-5f));
    String inverse = e.node("Reciprocal", List.of(e.node("Sqrt", List.of(e.add(variance, floor)))));
    String normal = e.mul(centred, inverse);
    if (step.wants(0)) {
      String d = e.mul(step.dy(), step.in(1));
      String along = e.mul(normal, e.reduceMean(e.mul(d, normal), true, axes));
      String rest = e.sub(e.sub(d, e.reduceMean(d, true, axes)), along);
      step.give(0, e.mul(inverse, rest));
    }
    if (step.wants(1)) {
      step.giveRepeated(1, e.mul(step.dy(), normal));
    }
    if (step.wants(2)) {
      step.giveRepeated(2, step.dy());
    }
  }

  /** With the statistics that the model came with. */
  private static void batchNormalization(Step step) {
    if (step.wants(1) || step.wants(2) || step.wants(3) || step.wants(4)) {
      throw step.refuse(" whose parameters vary");
    }
    if (step.integer("training_mode", 0) != 0) {
      throw step.refuse(" in training");
    }
    Emitter e = step.emit();
    String floor = step.scalar(step.number("epsilon", 1e-5f));
    String scale = e.div(step.in(1), e.node("Sqrt", List.of(e.add(step.in(4), floor))));
    long[] dims = new long[step.typeIn(0).rank() - 1];
    Arrays.fill(dims, 1);
    dims[0] = -1;
    step.give(0, e.mul(step.dy(), e.reshape(scale, dims)));
  }
}
