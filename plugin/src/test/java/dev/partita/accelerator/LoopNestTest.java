package dev.partita.accelerator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The closed forms against the loop nest that defines them, run step by step. */
class LoopNestTest {
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
    private final List<Long> written = new ArrayList<>();

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
        words += written.contains(tile) ? tileWords : 0;
      }
    }

    void writeOut() {
      if (held >= 0) {
        words += heldWords;
        written.add(held);
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

  @Test
  void nothingFitsLessThanOneWordOfEachOperand() {
    assertThat(new LoopNest(5, 5, 5).tilings(4, 2)).isEmpty();
    assertThat(new LoopNest(5, 5, 5).tilings(5, 2)).isNotEmpty();
    assertThat(new LoopNest(5, 5, 5).tilings(2, 1)).isEmpty();
    assertThat(new LoopNest(5, 5, 5).tilings(3, 1)).isNotEmpty();
    assertThat(new LoopNest(5, 5, 5).tilingsWithoutWeights(100, 1)).isEmpty();
  }

  @Test
  void everyTilingIsLegalAndCountsNoLessThanItsRun() {
    LoopNest nest = new LoopNest(6, 9, 7);
    for (long words = 3; words <= 200; words++) {
      for (Fetches fetches : nest.tilings(words, 1)) {
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
                      nest.tilings(words, copies).stream(),
                      nest.tilingsWithoutWeights(words, copies).stream())
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
          inputs.read(at[ROWS] * 1_000 + at[IN], rows * in);
          weights.read(at[IN] * 1_000 + at[OUT], in * out);
          outputs.accumulate(at[ROWS] * 1_000 + at[OUT], rows * out);
        }
      }
    }
    outputs.writeOut();
    return new Run(rowTile, inTile, outTile, inputs.words, weights.words, outputs.words);
  }
}
