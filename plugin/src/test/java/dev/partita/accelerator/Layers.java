package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import java.util.Collections;

/** Layers for tests. */
final class Layers {
  private Layers() {}

  static LayerWork whole(String name, long rows, long in, long out) {
    return new LayerWork(name, rows, in, out, ImmutableList.of(), false, false);
  }

  /** A layer cut into equal blocks; the sizes divide. */
  static LayerWork cut(
      String name, long rows, long in, long out, int blocks, boolean scatters, boolean gathers) {
    LayerWork.Block block = new LayerWork.Block(in / blocks, out / blocks);
    return new LayerWork(
        name,
        rows,
        in,
        out,
        ImmutableList.copyOf(Collections.nCopies(blocks, block)),
        scatters,
        gathers);
  }
}
