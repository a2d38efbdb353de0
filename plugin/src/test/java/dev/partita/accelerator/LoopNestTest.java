package dev.partita.accelerator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The closed forms against the loop nest that defines them, run step by step. */
class LoopNestTest {
  /** More than any size that is tried here, so that two offsets make one number. */
  private static final long STRIDE = 16;

  private static final int LARGEST = 12;
  private static final int WORDS = 64;
  private static final int ROWS = 0;
  private static final int IN = 1;
  private static final int OUT = 2;
  private static final ImmutableList<ImmutableList<Integer>> ORDERS =
      ImmutableList.of(
          ImmutableList.of(ROWS, IN, OUT),
          ImmutableList.of(ROWS, OUT, IN),
          ImmutableList.of(IN, ROWS, OUT),
          ImmutableList.of(IN, OUT, ROWS),
          ImmutableList.of(OUT, ROWS, IN),
          ImmutableList.of(OUT, IN, ROWS));

  /** Words of each operand that cross the boundary in one run of a tiling in one order. */
  private record Run(
      long rowTile, long inTile, long outTile, long inputs, long weights, long outputs) {

    boolean fits(long words, int copies) {
      return (rowTile * inTile + inTile * outTile) * copies + rowTile * outTile <= words;
    }

    /** Without room for the weights, which are then fetched at every use. */
    boolean fitsWithoutWeights(long words, int copies) {
      return rowTile * inTile * copies + rowTile * outTile <= words;
    }
  }

  /** One operand: the tile that is held, and the words fetched and written so far. */
  private static final class Operand {
    private long held = -1;
    private long heldWords;
    private long words;
    private final BitSet written = new BitSet();

    /** Reads the tile if it is not the one held. */
    void read(long tile, long tileWords) {
      if (tile != held) {
        held = tile;
        words += tileWords;
      }
    }

    /** Adds to an output tile: what was held is written out, what was begun before read back. */
    void accumulate(long tile, long tileWords) {
      if (tile != held) {
        writeOut();
        held = tile;
        heldWords = tileWords;
        words += written.get((int) tile) ? tileWords : 0;
      }
    }

    void writeOut() {
      if (held >= 0) {
        words += heldWords;
        written.set((int) held);
      }
    }
  }

  @Test
  void searchFindsTheMinimumOfAllTilingsOnAllSmallShapes() {
    for (long rows = 1; rows <= 4; rows++) {
      for (long in = 1; in <= 4; in++) {
        for (long out = 1; out <= 4; out++) {
          checkAllSizes(rows, in, out);
        }
      }
    }
  }

  @Test
  void searchFindsTheMinimumOfAllTilingsOnLongerShapes() {
    checkAllSizes(1, 11, 7);
    checkAllSizes(7, 1, 10);
    checkAllSizes(9, 6, 1);
    checkAllSizes(6, 7, 5);
    checkAllSizes(2, 9, 8);
  }

  /** Buffers of 1 to 64 words of an activation; weights as wide, and half as wide. */
  @Test
  void searchFindsTheMinimumOfEveryShapeUpToTwelveInEveryBufferUpTo64Words() {
    for (long rows = 1; rows <= LARGEST; rows++) {
      for (long in = 1; in <= LARGEST; in++) {
        for (long out = 1; out <= LARGEST; out++) {
          LoopNest nest = new LoopNest(rows, in, out);
          List<Run> runs = allRuns(nest);
          checkAllBuffers(nest, runs, 1, 1);
          checkAllBuffers(nest, runs, 2, 1);
        }
      }
    }
  }

  private static void checkAllBuffers(
      LoopNest nest, List<Run> runs, int activationBits, int weightBits) {
    int bits = WORDS * activationBits;
    for (int copies = 1; copies <= 2; copies++) {
      long[] least = new long[bits + 1];
      Arrays.fill(least, Long.MAX_VALUE);
      for (Run run : runs) {
        long moved = (run.inputs() + run.outputs()) * activationBits + run.weights() * weightBits;
        long room =
            (run.rowTile() * run.inTile() * activationBits
                        + run.inTile() * run.outTile() * weightBits)
                    * copies
                + run.rowTile() * run.outTile() * activationBits;
        long without =
            nest.rows() == 1
                ? (run.rowTile() * run.inTile() * copies + run.rowTile() * run.outTile())
                    * activationBits
                : Long.MAX_VALUE;
        int needed = (int) Math.min(bits + 1L, Math.min(room, without));
        if (needed <= bits) {
          least[needed] = Math.min(least[needed], moved);
        }
      }
      for (int size = 1; size <= bits; size++) {
        least[size] = Math.min(least[size], least[size - 1]);
        Room room = new Room(size, activationBits, weightBits, copies);
        long found =
            Stream.concat(nest.tilings(room).stream(), nest.tilingsWithoutWeights(room).stream())
                .mapToLong(
                    fetches -> {
                      Moved moved = Product.of(nest.rows(), nest.in(), nest.out()).moved(fetches);
                      return moved.activations() * activationBits + moved.weights() * weightBits;
                    })
                .min()
                .orElse(Long.MAX_VALUE);
        // Without describing what was equal: there are 1.3 million comparisons.
        if (found != least[size]) {
          assertThat(found).as("%s in %s", nest, room).isEqualTo(least[size]);
        }
      }
    }
  }

  @Test
  void nothingFitsLessThanOneWordOfEachOperand() {
    assertThat(new LoopNest(5, 5, 5).tilings(Room.ofWords(4, 2))).isEmpty();
    assertThat(new LoopNest(5, 5, 5).tilings(Room.ofWords(5, 2))).isNotEmpty();
    assertThat(new LoopNest(5, 5, 5).tilings(Room.ofWords(2, 1))).isEmpty();
    assertThat(new LoopNest(5, 5, 5).tilings(Room.ofWords(3, 1))).isNotEmpty();
    assertThat(new LoopNest(5, 5, 5).tilingsWithoutWeights(Room.ofWords(100, 1))).isEmpty();
  }

  @Test
  void everyTilingIsLegalAndCountsNoLessThanItsRun() {
    LoopNest nest = new LoopNest(6, 9, 7);
    for (long words = 3; words <= 200; words++) {
      for (Fetches fetches : nest.tilings(Room.ofWords(words, 1))) {
        long room =
            fetches.rowTile() * fetches.inTile()
                + fetches.inTile() * fetches.outTile()
                + fetches.rowTile() * fetches.outTile();
        assertThat(room).isLessThanOrEqualTo(words);
        assertThat(
                ORDERS.stream()
                    .map(
                        order ->
                            run(
                                nest,
                                order,
                                fetches.rowTile(),
                                fetches.inTile(),
                                fetches.outTile()))
                    .anyMatch(
                        run ->
                            run.inputs() <= 6 * 9 * fetches.inputs()
                                && run.weights() <= 9 * 7 * fetches.weights()
                                && run.outputs() <= 6 * 7 * fetches.outputs()))
            .isTrue();
      }
    }
  }

  private static void checkAllSizes(long rows, long in, long out) {
    LoopNest nest = new LoopNest(rows, in, out);
    List<Run> runs = allRuns(nest);
    // Minima under several prices, because the two levels of storage weigh operands differently.
    Random random = new Random(rows * 10_000 + in * 100 + out);
    for (int prices = 0; prices < 4; prices++) {
      long input = prices == 0 ? 1 : 1 + random.nextInt(20);
      long weight = prices == 0 ? 1 : 1 + random.nextInt(20);
      long output = prices == 0 ? 1 : 1 + random.nextInt(20);
      for (int copies = 1; copies <= 2; copies++) {
        for (long words = 1;
            words <= 2 * (rows * in + in * out) + rows * out + 1;
            words += 1 + words / 6) {
          OptionalLong defined = defined(runs, rows, words, copies, input, weight, output);
          OptionalLong found =
              Stream.concat(
                      nest.tilings(Room.ofWords(words, copies)).stream(),
                      nest.tilingsWithoutWeights(Room.ofWords(words, copies)).stream())
                  .mapToLong(
                      fetches ->
                          input * rows * in * fetches.inputs()
                              + weight * in * out * fetches.weights()
                              + output * rows * out * fetches.outputs())
                  .min();
          assertThat(found)
              .as("%s x %s x %s in %s words, %s copies", rows, in, out, words, copies)
              .isEqualTo(defined);
        }
      }
    }
  }

  private static OptionalLong defined(
      List<Run> runs, long rows, long words, int copies, long input, long weight, long output) {
    return runs.stream()
        .filter(
            run -> run.fits(words, copies) || (rows == 1 && run.fitsWithoutWeights(words, copies)))
        .mapToLong(run -> input * run.inputs() + weight * run.weights() + output * run.outputs())
        .min();
  }

  private static List<Run> allRuns(LoopNest nest) {
    List<Run> runs = new ArrayList<>();
    for (long rowTile = 1; rowTile <= nest.rows(); rowTile++) {
      for (long inTile = 1; inTile <= nest.in(); inTile++) {
        for (long outTile = 1; outTile <= nest.out(); outTile++) {
          for (ImmutableList<Integer> order : ORDERS) {
            runs.add(run(nest, order, rowTile, inTile, outTile));
          }
        }
      }
    }
    return runs;
  }

  private static Run run(
      LoopNest nest, ImmutableList<Integer> order, long rowTile, long inTile, long outTile) {
    long[] sizes = {nest.rows(), nest.in(), nest.out()};
    long[] tiles = {rowTile, inTile, outTile};
    long[] at = new long[3];
    Operand inputs = new Operand();
    Operand weights = new Operand();
    Operand outputs = new Operand();
    int outer = order.get(0);
    int middle = order.get(1);
    int inner = order.get(2);
    for (at[outer] = 0; at[outer] < sizes[outer]; at[outer] += tiles[outer]) {
      for (at[middle] = 0; at[middle] < sizes[middle]; at[middle] += tiles[middle]) {
        for (at[inner] = 0; at[inner] < sizes[inner]; at[inner] += tiles[inner]) {
          long rows = Math.min(tiles[ROWS], sizes[ROWS] - at[ROWS]);
          long in = Math.min(tiles[IN], sizes[IN] - at[IN]);
          long out = Math.min(tiles[OUT], sizes[OUT] - at[OUT]);
          inputs.read(at[ROWS] * STRIDE + at[IN], rows * in);
          weights.read(at[IN] * STRIDE + at[OUT], in * out);
          outputs.accumulate(at[ROWS] * STRIDE + at[OUT], rows * out);
        }
      }
    }
    outputs.writeOut();
    return new Run(rowTile, inTile, outTile, inputs.words, weights.words, outputs.words);
  }
}
