package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;

/**
 * What each accelerator reads over and over, run after run: the weights that it holds of a whole
 * model. Tells which point of a {@link Bandwidth} counts. Accelerators with one memory between them
 * have one working set, that of all.
 *
 * @param denseOnOne bytes of all layers of the unpruned model
 * @param denseOnAll bytes that one accelerator reads where all share every layer
 * @param pruned for each accelerator, bytes of its blocks, and on the first those of whole layers
 */
record WorkingSets(long denseOnOne, long denseOnAll, ImmutableLongArray pruned) {

  /**
   * Working sets of a model.
   *
   * @param model all of its dense layers, as they are cut
   * @throws ArithmeticException if they do not fit 63 bits
   */
  static WorkingSets of(Target target, List<LayerWork> model, DramSharing sharing) {
    long dense = 0;
    long[] pruned = new long[target.accelerators()];
    for (LayerWork layer : model) {
      long whole = Words.product(layer.in(), layer.out());
      dense = layer.added() ? dense : Math.addExact(dense, whole);
      if (layer.blocks().isEmpty()) {
        pruned[0] = Math.addExact(pruned[0], whole);
      }
      for (int i = 0; i < layer.blocks().size(); i++) {
        LayerWork.Block block = layer.blocks().get(i);
        pruned[i] = Math.addExact(pruned[i], Words.product(block.in(), block.out()));
      }
    }
    boolean shared = sharing == DramSharing.SHARED;
    long all = Words.add(pruned);
    ImmutableLongArray.Builder bytes = ImmutableLongArray.builder(pruned.length);
    for (long words : pruned) {
      bytes.add(bytes(target, shared ? all : words));
    }
    return new WorkingSets(
        bytes(target, dense),
        bytes(target, shared ? dense : Decimals.ceilDivide(dense, target.accelerators())),
        bytes.build());
  }

  private static long bytes(Target target, long weights) {
    return Cycles.bytes(target, new Moved(weights, 0));
  }

  /** The accelerators with the bandwidth that they have for their part of the pruned model. */
  Accelerators pruned(Accelerators accelerators) {
    ImmutableList.Builder<Target> each = ImmutableList.builder();
    for (int i = 0; i < accelerators.size(); i++) {
      each.add(accelerators.get(i).forWorkingSet(pruned.get(i)));
    }
    return new Accelerators(accelerators.target(), each.build());
  }

  /** The accelerators with the bandwidth that each has for all dense layers. */
  Accelerators denseOnOne(Accelerators accelerators) {
    return accelerators.forWorkingSet(denseOnOne);
  }

  /** The accelerators with the bandwidth that each has for its part of the dense layers. */
  Accelerators denseOnAll(Accelerators accelerators) {
    return accelerators.forWorkingSet(denseOnAll);
  }
}
