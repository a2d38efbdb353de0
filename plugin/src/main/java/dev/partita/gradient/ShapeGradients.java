package dev.partita.gradient;

import com.google.common.collect.ImmutableMap;
import java.util.HashSet;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Operators that move, join, take and repeat elements. */
final class ShapeGradients {

  private ShapeGradients() {}

  static ImmutableMap<String, OperatorGradient> all() {
    ImmutableMap.Builder<String, OperatorGradient> all = ImmutableMap.builder();
    for (String operator : List.of("Reshape", "Flatten", "Squeeze", "Unsqueeze")) {
      all.put(operator, step -> step.give(0, step.emit().reshapeLike(step.dy(), step.in(0))));
    }
    return all.put("Transpose", ShapeGradients::transpose)
        .put("Concat", ShapeGradients::concat)
        .put("Split", ShapeGradients::split)
        .put("Slice", ShapeGradients::slice)
        .put("Gather", ShapeGradients::gather)
        .buildOrThrow();
  }

  private static void transpose(Step step) {
    int rank = step.typeIn(0).rank();
    List<Long> permutation = step.longs("perm", Integer.MAX_VALUE);
    long[] back = new long[rank];
    for (int i = 0; i < rank; i++) {
      int from = permutation == null ? rank - 1 - i : Math.toIntExact(permutation.get(i));
      back[from] = i;
    }
    step.give(0, step.emit().transpose(step.dy(), back));
  }

  private static void concat(Step step) {
    int axis = step.type(step.out()).axis(step.integer("axis", 0));
    long start = 0;
    for (int i = 0; i < step.inputs(); i++) {
      long end = start + step.typeIn(i).dim(axis);
      if (step.wants(i)) {
        step.give(i, step.emit().slice(step.dy(), axis, start, end));
      }
      start = end;
    }
  }

  private static void split(Step step) {
    Emitter e = step.emit();
    ValueType whole = step.typeIn(0);
    int axis = whole.axis(step.integer("axis", 0));
    long start = 0;
    @Nullable String sum = null;
    for (int i = 0; i < step.node().getOutputCount(); i++) {
      String part = step.node().getOutput(i);
      long size = step.type(part).dim(axis);
      String gradient = step.dyOrNull(i);
      if (gradient != null) {
        long after = whole.dim(axis) - start - size;
        String padded = e.pad(gradient, whole.rank(), axis, start, after);
        sum = sum == null ? padded : e.add(sum, padded);
      }
      start += size;
    }
    if (sum == null) {
      throw step.refuse(": none of its results has a gradient");
    }
    step.give(0, sum);
  }

  private static void slice(Step step) {
    ValueType whole = step.typeIn(0);
    List<Long> starts = required(step, step.longs("starts", 1));
    List<Long> ends = required(step, step.longs("ends", 2));
    List<Long> axes = step.longs("axes", 3);
    List<Long> steps = step.longs("steps", 4);
    String gradient = step.dy();
    for (int i = 0; i < starts.size(); i++) {
      int axis = whole.axis(axes == null ? i : axes.get(i));
      long size = whole.dim(axis);
      long stride = steps == null ? 1 : steps.get(i);
      if (stride < 1) {
        throw step.refuse(" that goes backwards");
      }
      long end = bounded(ends.get(i), size);
      long[] taken =
          LongStream.iterate(bounded(starts.get(i), size), at -> at < end, at -> at + stride)
              .toArray();
      gradient = step.emit().scatter(gradient, step.format(), whole.rank(), axis, taken, size);
    }
    step.give(0, gradient);
  }

  private static List<Long> required(Step step, @Nullable List<Long> values) {
    if (values == null) {
      throw step.refuse(" without bounds");
    }
    return values;
  }

  private static long bounded(long at, long size) {
    return Math.max(0, Math.min(size, at < 0 ? at + size : at));
  }

  private static void gather(Step step) {
    ValueType whole = step.typeIn(0);
    int axis = whole.axis(step.integer("axis", 0));
    long size = whole.dim(axis);
    long[] indices =
        step.constantLongs(1).stream().mapToLong(at -> at < 0 ? at + size : at).toArray();
    int indexRank = step.typeIn(1).rank();
    boolean once =
        LongStream.of(indices).boxed().collect(HashSet::new, HashSet::add, HashSet::addAll).size()
            == indices.length;
    if (indexRank > 1 || !once) {
      throw step.refuse(" with a table of indices, or one that takes an element twice");
    }
    Emitter e = step.emit();
    String taken = step.dy();
    if (indexRank == 0) {
      long[] dims =
          Stream.iterate(0, i -> i < whole.rank(), i -> i + 1)
              .mapToLong(i -> i == axis ? 1 : i == 0 ? -1 : whole.dim(i))
              .toArray();
      taken = axis == 0 ? e.reshape(taken, dims(whole)) : e.reshape(taken, dims);
    }
    step.give(0, e.scatter(taken, step.format(), whole.rank(), axis, indices, size));
  }

  /** One slice of the first axis. */
  private static long[] dims(ValueType whole) {
    long[] dims = whole.dims().toArray();
    dims[0] = 1;
    return dims;
  }
}
