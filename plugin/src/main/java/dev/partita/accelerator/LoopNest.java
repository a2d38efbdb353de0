package dev.partita.accelerator;

import static dev.partita.accelerator.Decimals.ceilDivide;

import com.google.common.collect.ImmutableList;

/**
 * The tilings of {@code M x K x N} that a storage of limited size allows, one list for all: three
 * loops over tiles {@code (Tm, Tk, Tn)} in any order, where a tile of an operand is fetched when it
 * is not the one held, and an unfinished output tile is written out and read back.
 *
 * <p>What is fetched depends only on the innermost loop that has more than one iteration, so three
 * closed forms cover all six orders, and in each the tile of one dimension costs only room and is
 * 1:
 *
 * <ul>
 *   <li>k innermost: weights {@code ceil(M/Tm)} times, inputs {@code ceil(N/Tn)} times, outputs
 *       once; Tk = 1
 *   <li>m innermost: weights once, inputs {@code ceil(N/Tn)} times, outputs {@code 2*ceil(K/Tk)-1}
 *       times; Tm = 1
 *   <li>n innermost: weights {@code ceil(M/Tm)} times, inputs once, outputs {@code 2*ceil(K/Tk)-1}
 *       times; Tn = 1
 * </ul>
 *
 * A loop of one iteration makes its ceiling 1, so the cases of fewer loops are among these. For
 * each number of tiles in the first free dimension the second takes all the room that is left,
 * which misses no minimum of anything that grows with the passes.
 *
 * @param rows M
 * @param in K
 * @param out N
 */
record LoopNest(long rows, long in, long out) {

  /** The tilings that fit; empty if there is none. */
  ImmutableList<Fetches> tilings(Room room) {
    long bits = room.bits();
    long activation = room.activationBits();
    long weight = room.weightBits();
    long copies = room.copies();
    ImmutableList.Builder<Fetches> tilings = ImmutableList.builder();
    for (long rowTile = 1; rowTile > 0; rowTile = nextTile(rows, rowTile)) {
      // k innermost: (Tm*a + Tn*w) * copies + Tm*Tn*a <= bits
      long outTile =
          (bits - copies * rowTile * activation) / (copies * weight + rowTile * activation);
      if (outTile >= 1) {
        tilings.add(inInnermost(rowTile, Math.min(out, outTile)));
      }
      // n innermost: (Tm*Tk*a + Tk*w) * copies + Tm*a <= bits
      long inTile = (bits - rowTile * activation) / (copies * (rowTile * activation + weight));
      if (inTile >= 1) {
        tilings.add(outInnermost(rowTile, Math.min(in, inTile)));
      }
      if (copies * rowTile * activation > bits) {
        break;
      }
    }
    for (long outTile = 1;
        outTile > 0 && outTile * activation <= bits;
        outTile = nextTile(out, outTile)) {
      // m innermost: (Tk*a + Tk*Tn*w) * copies + Tn*a <= bits
      long inTile = (bits - outTile * activation) / (copies * (activation + outTile * weight));
      if (inTile >= 1) {
        tilings.add(rowsInnermost(Math.min(in, inTile), outTile));
      }
    }
    return tilings.build();
  }

  /**
   * The tilings of a single row whose weights bypass the storage: they take no room, and being used
   * once each they are fetched once.
   */
  ImmutableList<Fetches> tilingsWithoutWeights(Room room) {
    ImmutableList.Builder<Fetches> tilings = ImmutableList.builder();
    long words = room.bits() / room.activationBits();
    long copies = room.copies();
    if (rows == 1 && words > copies) {
      tilings.add(inInnermost(1, Math.min(out, words - copies)));
      tilings.add(outInnermost(1, Math.min(in, (words - 1) / copies)));
    }
    return tilings.build();
  }

  private Fetches inInnermost(long rowTile, long outTile) {
    return new Fetches(ceilDivide(out, outTile), ceilDivide(rows, rowTile), 1, rowTile, 1, outTile);
  }

  private Fetches rowsInnermost(long inTile, long outTile) {
    return new Fetches(
        ceilDivide(out, outTile), 1, 2 * ceilDivide(in, inTile) - 1, 1, inTile, outTile);
  }

  private Fetches outInnermost(long rowTile, long inTile) {
    return new Fetches(
        1, ceilDivide(rows, rowTile), 2 * ceilDivide(in, inTile) - 1, rowTile, inTile, 1);
  }

  /** The smallest tile that needs fewer tiles than {@code tile} does, or 0 after the whole. */
  private static long nextTile(long size, long tile) {
    long tiles = ceilDivide(size, tile);
    return tiles == 1 ? 0 : ceilDivide(size, tiles - 1);
  }
}
