package dev.partita.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

/**
 * The three figures for two stacks of layers on four accelerators of tetris-3d, one row, against
 * arithmetic that is written out here.
 *
 * <p>tetris-3d: 14 x 14 multipliers, 256 words of register file each, 66,516 words of buffer (at
 * one row the weights pass it by, so DRAM words are {@code K*N + K + N}), 2-byte words at 20 bytes
 * a cycle from DRAM (10 words) and 16 bytes a cycle over the link (8 words) after 10 cycles, 500
 * MHz.
 *
 * <p>Array, with {@code a} rows on different inputs and {@code g = 14/a*14} outputs at once: {@code
 * ceil(K/a) * ceil(N/g)} cycles. At one row a register file holds one input, 127 weights and 127
 * outputs, so an input is delivered {@code p = ceil(ceil(N/g) / 127)} times to g multipliers, an
 * output collected from a of them, a weight delivered once: {@code K*N + p*g*K + a*N}. With p over
 * 1 the inputs are read p times from the buffer.
 */
class HandCalculationTest {
  private static final int ACCELERATORS = 4;
  private static final Target TARGET = Targets.named("tetris-3d").withAccelerators(ACCELERATORS);

  /** What the layers of one accelerator count up to, every layer bound by DRAM. */
  private record Hand(
      long macs, long words, long dramCycles, long arrayCycles, long deliveries, long buffer) {

    Hand plus(Hand other) {
      return new Hand(
          macs + other.macs,
          words + other.words,
          dramCycles + other.dramCycles,
          arrayCycles + other.arrayCycles,
          deliveries + other.deliveries,
          buffer + other.buffer);
    }

    /** Four accelerators doing the same: counts times four, times as they are. */
    Hand onFour() {
      return new Hand(4 * macs, 4 * words, dramCycles, arrayCycles, 4 * deliveries, 4 * buffer);
    }

    /** The same with a quarter of the bandwidth: ceil(4 * words / 10). */
    Hand slow(long dramCyclesAtQuarterBandwidth) {
      return new Hand(macs, words, dramCyclesAtQuarterBandwidth, arrayCycles, deliveries, buffer);
    }
  }

  // 25088-4096-2048-200 dense: a = 14, g = 14 (ceil(293/127) = 3 passes); a = 2, g = 98; a = 14.
  private static final Hand A1 =
      new Hand(
          25_088L * 4_096,
          25_088L * 4_096 + 25_088 + 4_096, // 102,789,632
          10_278_964, // 10,278,963.2 rounded up
          1_792L * 293,
          25_088L * 4_096 + 3L * 14 * 25_088 + 14L * 4_096,
          3L * 25_088);
  private static final Hand A2 =
      new Hand(
          4_096L * 2_048,
          4_096L * 2_048 + 4_096 + 2_048, // 8,394,752
          839_476,
          2_048L * 21,
          4_096L * 2_048 + 98L * 4_096 + 2L * 2_048,
          0);
  private static final Hand A3 =
      new Hand(
          2_048L * 200,
          2_048L * 200 + 2_048 + 200, // 411,848
          41_185,
          147L * 15,
          2_048L * 200 + 14L * 2_048 + 14L * 200,
          0);

  // Its quarters by outputs: 25088 x 1024, 4096 x 512, 2048 x 50, with a = 14 (a = 7 moves more:
  // 28 * 25088), a = 14, a = 7 (g = 28).
  private static final Hand A1_QUARTER =
      new Hand(
          25_088L * 1_024,
          25_088L * 1_024 + 25_088 + 1_024, // 25,716,224
          2_571_623,
          1_792L * 74,
          25_088L * 1_024 + 14L * 25_088 + 14L * 1_024,
          0);
  private static final Hand A2_QUARTER =
      new Hand(
          4_096L * 512,
          4_096L * 512 + 4_096 + 512, // 2,101,760
          210_176,
          293L * 37,
          4_096L * 512 + 14L * 4_096 + 14L * 512,
          0);
  private static final Hand A3_QUARTER =
      new Hand(
          2_048L * 50,
          2_048L * 50 + 2_048 + 50, // 104,498
          10_450,
          293L * 2,
          2_048L * 50 + 28L * 2_048 + 7L * 50,
          0);

  // Its blocks: 6272 x 1024 (a = 14), 1024 x 512 (a = 14), 512 x 50 (a = 14; a = 7 needs 148 too
  // but moves 28 * 512).
  private static final Hand A1_BLOCK =
      new Hand(
          6_272L * 1_024,
          6_272L * 1_024 + 6_272 + 1_024, // 6,429,824
          642_983,
          448L * 74,
          6_272L * 1_024 + 14L * 6_272 + 14L * 1_024,
          0);
  private static final Hand A2_BLOCK =
      new Hand(
          1_024L * 512,
          1_024L * 512 + 1_024 + 512, // 525,824
          52_583,
          74L * 37,
          1_024L * 512 + 14L * 1_024 + 14L * 512,
          0);
  private static final Hand A3_BLOCK =
      new Hand(
          512L * 50, 512L * 50 + 512 + 50, 2_617, 37L * 4, 512L * 50 + 14L * 512 + 14L * 50, 0);

  // 2048-4096-4096-200 dense: a = 2 (g = 98), 43,008 cycles; a = 1 needs as many, moves more ...
  private static final Hand B1 =
      new Hand(
          2_048L * 4_096,
          2_048L * 4_096 + 2_048 + 4_096, // 8,394,752
          839_476,
          1_024L * 42,
          2_048L * 4_096 + 98L * 2_048 + 2L * 4_096,
          0);
  private static final Hand B2 =
      new Hand(
          4_096L * 4_096,
          4_096L * 4_096 + 4_096 + 4_096, // 16,785,408
          1_678_541,
          293L * 293,
          4_096L * 4_096 + 3L * 14 * 4_096 + 14L * 4_096,
          3L * 4_096);
  private static final Hand B3 =
      new Hand(
          4_096L * 200,
          4_096L * 200 + 4_096 + 200, // 823,496
          82_350,
          293L * 15,
          4_096L * 200 + 14L * 4_096 + 14L * 200,
          0);

  // Its quarters by outputs: 2048 x 1024 (a = 7), 4096 x 1024 (a = 14), 4096 x 50 (a = 7 needs
  // 586 * 2 and a = 14 293 * 4, as many; a = 14 moves less).
  private static final Hand B1_QUARTER =
      new Hand(
          2_048L * 1_024,
          2_048L * 1_024 + 2_048 + 1_024, // 2,100,224
          210_023,
          293L * 37,
          2_048L * 1_024 + 28L * 2_048 + 7L * 1_024,
          0);
  private static final Hand B2_QUARTER =
      new Hand(
          4_096L * 1_024,
          4_096L * 1_024 + 4_096 + 1_024, // 4,199,424
          419_943,
          293L * 74,
          4_096L * 1_024 + 14L * 4_096 + 14L * 1_024,
          0);
  private static final Hand B3_QUARTER =
      new Hand(
          4_096L * 50,
          4_096L * 50 + 4_096 + 50, // 208,946
          20_895,
          293L * 4,
          4_096L * 50 + 14L * 4_096 + 14L * 50,
          0);

  // Its blocks: 512 x 1024 (a = 14), 1024 x 1024 (a = 7), 1024 x 50 (a = 7).
  private static final Hand B1_BLOCK =
      new Hand(
          512L * 1_024,
          512L * 1_024 + 512 + 1_024, // 525,824
          52_583,
          37L * 74,
          512L * 1_024 + 14L * 512 + 14L * 1_024,
          0);
  private static final Hand B2_BLOCK =
      new Hand(
          1_024L * 1_024,
          1_024L * 1_024 + 1_024 + 1_024, // 1,050,624
          105_063,
          147L * 37,
          1_024L * 1_024 + 28L * 1_024 + 7L * 1_024,
          0);
  private static final Hand B3_BLOCK =
      new Hand(
          1_024L * 50,
          1_024L * 50 + 1_024 + 50, // 52,274
          5_228,
          147L * 2,
          1_024L * 50 + 28L * 1_024 + 7L * 50,
          0);

  @Test
  void denseOnOneOfTheVggLikeHead() {
    Hand hand = A1.plus(A2).plus(A3);
    assertThat(hand.dramCycles()).isEqualTo(11_159_625);
    for (DramSharing sharing : DramSharing.values()) {
      assertEstimate(vgg(true, sharing).denseOnOne(), hand, 0, 0, 1);
    }
  }

  @Test
  void denseOnAllOfTheVggLikeHead() {
    Hand hand = A1_QUARTER.plus(A2_QUARTER).plus(A3_QUARTER).onFour();
    // Every input goes to four accelerators, every output comes back.
    long words = 4 * 25_088 + 4_096 + 4 * 4_096 + 2_048 + 4 * 2_048 + 200;
    long link = (10 + 12_544) + (10 + 512) + (10 + 2_048) + (10 + 256) + (10 + 1_024) + (10 + 25);
    assertEstimate(vgg(true, DramSharing.PRIVATE).denseOnAll(), hand, words, link, 4);
    // 102,864,896 / 10, 8,407,040 / 10, 417,992 / 10, rounded up
    Hand slow = hand.slow(10_286_490 + 840_704 + 41_800);
    assertEstimate(vgg(true, DramSharing.SHARED).denseOnAll(), slow, words, link, 4);
  }

  @Test
  void prunedVggLikeHeadWithItsLastLayerCut() {
    Hand hand = A1_BLOCK.plus(A2_BLOCK).plus(A3_BLOCK).onFour();
    long link = (10 + 25_088 / 8) + (10 + 200 / 8);
    assertEstimate(vgg(true, DramSharing.PRIVATE).pruned(), hand, 25_088 + 200, link, 4);
    // 25,719,296 / 10, 2,103,296 / 10, 104,648 / 10, rounded up
    Hand slow = hand.slow(2_571_930 + 210_330 + 10_465);
    assertEstimate(vgg(true, DramSharing.SHARED).pruned(), slow, 25_088 + 200, link, 4);
    assertThat(vgg(true, DramSharing.PRIVATE).speedup())
        .isEqualTo(11_159_625.0 / (642_983 + 52_583 + 2_617 + 3_146 + 35));
    assertThat(vgg(true, DramSharing.SHARED).speedup())
        .isEqualTo(11_159_625.0 / (2_571_930 + 210_330 + 10_465 + 3_146 + 35));
  }

  @Test
  void prunedVggLikeHeadWithItsLastLayerWhole() {
    // The whole layer runs on accelerator 0 by itself, with all of the bandwidth.
    Hand hand = A1_BLOCK.plus(A2_BLOCK).onFour().plus(A3);
    long link = (10 + 25_088 / 8) + (10 + 2_048 / 8);
    assertEstimate(vgg(false, DramSharing.PRIVATE).pruned(), hand, 25_088 + 2_048, link, 4);
    Hand slow = hand.slow(2_571_930 + 210_330 + 41_185);
    assertEstimate(vgg(false, DramSharing.SHARED).pruned(), slow, 25_088 + 2_048, link, 4);
  }

  @Test
  void denseOnOneOfTheResnetLikeHead() {
    Hand hand = B1.plus(B2).plus(B3);
    assertThat(hand.dramCycles()).isEqualTo(2_600_367);
    for (DramSharing sharing : DramSharing.values()) {
      assertEstimate(resnet(true, sharing).denseOnOne(), hand, 0, 0, 1);
    }
  }

  @Test
  void denseOnAllOfTheResnetLikeHead() {
    Hand hand = B1_QUARTER.plus(B2_QUARTER).plus(B3_QUARTER).onFour();
    long words = 4 * 2_048 + 4_096 + 4 * 4_096 + 4_096 + 4 * 4_096 + 200;
    long link = (10 + 1_024) + (10 + 512) + (10 + 2_048) + (10 + 512) + (10 + 2_048) + (10 + 25);
    assertEstimate(resnet(true, DramSharing.PRIVATE).denseOnAll(), hand, words, link, 4);
    // 8,400,896 / 10, 16,797,696 / 10, 835,784 / 10, rounded up
    Hand slow = hand.slow(840_090 + 1_679_770 + 83_579);
    assertEstimate(resnet(true, DramSharing.SHARED).denseOnAll(), slow, words, link, 4);
  }

  @Test
  void prunedResnetLikeHeadWithItsLastLayerCut() {
    Hand hand = B1_BLOCK.plus(B2_BLOCK).plus(B3_BLOCK).onFour();
    long link = (10 + 256) + (10 + 25);
    assertEstimate(resnet(true, DramSharing.PRIVATE).pruned(), hand, 2_048 + 200, link, 4);
    // 2,103,296 / 10, 4,202,496 / 10, 209,096 / 10, rounded up
    Hand slow = hand.slow(210_330 + 420_250 + 20_910);
    assertEstimate(resnet(true, DramSharing.SHARED).pruned(), slow, 2_048 + 200, link, 4);
    assertThat(resnet(true, DramSharing.PRIVATE).speedupOverDenseOnAll())
        .isEqualTo((210_023.0 + 419_943 + 20_895 + 6_229) / (52_583 + 105_063 + 5_228 + 301));
  }

  @Test
  void prunedResnetLikeHeadWithItsLastLayerWhole() {
    Hand hand = B1_BLOCK.plus(B2_BLOCK).onFour().plus(B3);
    long link = (10 + 256) + (10 + 512);
    assertEstimate(resnet(false, DramSharing.PRIVATE).pruned(), hand, 2_048 + 4_096, link, 4);
    Hand slow = hand.slow(210_330 + 420_250 + 82_350);
    assertEstimate(resnet(false, DramSharing.SHARED).pruned(), slow, 2_048 + 4_096, link, 4);
  }

  private static void assertEstimate(
      Estimate estimate, Hand hand, long linkWords, long linkCycles, int powered) {
    long cycles = hand.dramCycles() + linkCycles;
    assertThat(estimate.cycles()).isEqualTo(cycles);
    assertThat(estimate.dramCycles()).isEqualTo(hand.dramCycles());
    assertThat(estimate.arrayCycles()).isEqualTo(hand.arrayCycles());
    assertThat(estimate.bufferCycles()).isZero();
    assertThat(estimate.linkCycles()).isEqualTo(linkCycles);
    assertThat(estimate.overlappedCycles()).isEqualTo(hand.dramCycles());
    assertThat(estimate.latencyMicros()).isEqualTo(cycles / 500.0);
    assertThat(estimate.dramBytes()).isEqualTo(2 * hand.words());
    assertThat(estimate.macs()).isEqualTo(hand.macs());
    assertThat(estimate.boundBy()).isEqualTo("dram");
    EnergyBreakdown energy = estimate.energyBreakdown();
    assertThat(energy.unit()).isEqualTo("picojoule");
    assertThat(energy.mac()).isEqualTo(hand.macs() * 2.0);
    assertThat(energy.registerFile()).isCloseTo(hand.macs() * 2.4, within(1e-3));
    assertThat(energy.array()).isEqualTo(hand.deliveries() * 4.0);
    assertThat(energy.buffer()).isEqualTo(hand.buffer() * 14.0);
    assertThat(energy.dram()).isEqualTo(hand.words() * 80.0);
    assertThat(energy.link()).isEqualTo(linkWords * 40.0);
    assertThat(energy.staticPower()).isEqualTo(powered * cycles * 12.5);
    double picojoules =
        hand.macs() * 4.4
            + hand.deliveries() * 4.0
            + hand.buffer() * 14.0
            + hand.words() * 80.0
            + linkWords * 40.0
            + powered * cycles * 12.5;
    assertThat(estimate.energyMicrojoules()).isCloseTo(picojoules / 1e6, within(1e-6));
  }

  private static Comparison vgg(boolean lastCut, DramSharing sharing) {
    return compare(lastCut, sharing, 25_088, 4_096, 2_048, 200);
  }

  private static Comparison resnet(boolean lastCut, DramSharing sharing) {
    return compare(lastCut, sharing, 2_048, 4_096, 4_096, 200);
  }

  private static Comparison compare(boolean lastCut, DramSharing sharing, long... sizes) {
    return CostModel.compare(
        TARGET,
        ImmutableList.of(
            Layers.cut("first", 1, sizes[0], sizes[1], ACCELERATORS, true, false),
            Layers.cut("second", 1, sizes[1], sizes[2], ACCELERATORS, false, !lastCut),
            lastCut
                ? Layers.cut("last", 1, sizes[2], sizes[3], ACCELERATORS, false, true)
                : Layers.whole("last", 1, sizes[2], sizes[3])),
        sharing);
  }
}
