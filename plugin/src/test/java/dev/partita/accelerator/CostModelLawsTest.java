package dev.partita.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every target and every shape, on seeded random ones. */
class CostModelLawsTest {

  static IntStream seeds() {
    return IntStream.range(0, 150);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void neverBelowTheLowerBound(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    long[] shape = randomShape(random);
    Estimate estimate = node(target, shape);
    long m = shape[0];
    long k = shape[1];
    long n = shape[2];
    long words = k * n + m * (k + n);
    assertThat(estimate.dramBytes())
        .isGreaterThanOrEqualTo(Cycles.bytes(target, new Moved(k * n, m * (k + n))));
    assertThat(estimate.macs()).isEqualTo(m * k * n);
    assertThat(estimate.arrayCycles() * target.array().rows() * target.array().columns())
        .isGreaterThanOrEqualTo(m * k * n);
    assertThat(estimate.cycles())
        .isEqualTo(
            Math.max(
                estimate.arrayCycles(), Math.max(estimate.dramCycles(), estimate.bufferCycles())));
    // Every operand is delivered, or collected, at least once.
    assertThat(Counter.count(target, Product.of(m, k, n), 1).deliveries().words())
        .isGreaterThanOrEqualTo(words);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void moreBandwidthOrBufferIsNeverSlower(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    long[] shape = randomShape(random);
    long cycles = node(target, shape).cycles();
    String moreBuffer = Long.toString(target.buffer().bytes() * 4 / 3 + random.nextInt(40));
    String moreDram = Decimals.print(target.dram().bytesPerCycle() * 1.5);
    assertThat(node(target.withOverride("buffer.bytes", moreBuffer), shape).cycles())
        .isLessThanOrEqualTo(cycles);
    assertThat(node(target.withOverride("dram.bytes_per_cycle", moreDram), shape).cycles())
        .isLessThanOrEqualTo(cycles);
    assertThat(node(target.withOverride("buffer.bytes_per_cycle", "null"), shape).cycles())
        .isLessThanOrEqualTo(cycles);
    Double limit = target.buffer().bytesPerCycle();
    if (limit != null) {
      String more = Decimals.print(limit * 1.5);
      assertThat(node(target.withOverride("buffer.bytes_per_cycle", more), shape).cycles())
          .isLessThanOrEqualTo(cycles);
    }
    assertThat(node(target.withOverride("buffer.double_buffered", "false"), shape).cycles())
        .isLessThanOrEqualTo(cycles);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void moreBandwidthIsNeverSlowerForAStack(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    ImmutableList<LayerWork> layers = randomLayers(random, target.accelerators());
    String moreLink = Decimals.print(target.link().bytesPerCycle() * 1.5);
    for (DramSharing sharing : DramSharing.values()) {
      Comparison before = CostModel.compare(target, layers, sharing);
      Comparison after =
          CostModel.compare(target.withOverride("link.bytes_per_cycle", moreLink), layers, sharing);
      assertThat(after.pruned().cycles()).isLessThanOrEqualTo(before.pruned().cycles());
      assertThat(after.denseOnAll().cycles()).isLessThanOrEqualTo(before.denseOnAll().cycles());
      assertThat(after.denseOnOne()).isEqualTo(before.denseOnOne());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void partsAddUp(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    ImmutableList<LayerWork> layers = randomLayers(random, target.accelerators());
    Comparison comparison = CostModel.compare(target, layers, DramSharing.PRIVATE);
    long macs = 0;
    long cycles = 0;
    long bits = 0;
    for (LayerWork layer : layers) {
      Estimate alone = node(target, layer.rows(), layer.in(), layer.out());
      macs += alone.macs();
      cycles += alone.cycles();
      bits +=
          Counter.dram(target, Product.of(layer.rows(), layer.in(), layer.out()))
              .bits(target)
              .longValueExact();
    }
    Estimate dense = comparison.denseOnOne();
    assertThat(dense.macs()).isEqualTo(macs);
    assertThat(comparison.denseOnAll().macs()).isEqualTo(macs);
    assertThat(dense.cycles()).isEqualTo(cycles);
    assertThat(dense.dramBytes()).isEqualTo((bits + 7) / 8);
    for (Estimate estimate : List.of(dense, comparison.denseOnAll(), comparison.pruned())) {
      assertThat(estimate.latencyMicros()).isEqualTo(estimate.cycles() / target.clockMhz());
      double total = estimate.energyBreakdown().total();
      assertThat(estimate.energyMicrojoules()).isCloseTo(total / 1e6, within(total * 1e-12));
      assertThat(estimate.cycles())
          .isGreaterThanOrEqualTo(estimate.overlappedCycles())
          .isLessThanOrEqualTo(2 * estimate.overlappedCycles());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void blocksAddUp(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    ImmutableList<LayerWork> layers = randomLayers(random, target.accelerators());
    for (DramSharing sharing : DramSharing.values()) {
      Estimate pruned = CostModel.compare(target, layers, sharing).pruned();
      long macs = 0;
      double dram = 0;
      double array = 0;
      double buffer = 0;
      for (LayerWork layer : layers) {
        DramSharing own = layer.blocks().isEmpty() ? DramSharing.PRIVATE : sharing;
        List<LayerWork.Block> parts =
            layer.blocks().isEmpty()
                ? List.of(new LayerWork.Block(layer.in(), layer.out()))
                : layer.blocks();
        for (LayerWork.Block block : parts) {
          Estimate alone = CostModel.node(target, layer.rows(), block.in(), block.out(), own);
          macs += alone.macs();
          dram += alone.energyBreakdown().dram();
          array += alone.energyBreakdown().array();
          buffer += alone.energyBreakdown().buffer();
        }
      }
      assertThat(pruned.macs()).isEqualTo(macs);
      assertThat(pruned.energyBreakdown().dram()).isCloseTo(dram, within(1e-9 * dram));
      assertThat(pruned.energyBreakdown().array()).isCloseTo(array, within(1e-9 * array));
      assertThat(pruned.energyBreakdown().buffer()).isCloseTo(buffer, within(1e-9 * buffer + 1e-9));
      assertThat(pruned.energyBreakdown().staticPower())
          .isCloseTo(
              pruned.cycles() * target.accelerators() * target.energy().staticPerCycle(),
              within(1e-6 * pruned.cycles()));
      assertThat(pruned.loadImbalance()).isBetween(1.0, (double) target.accelerators());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void moreBandwidthOrBufferIsNeverSlowerForAStackEither(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    ImmutableList<LayerWork> layers = randomLayers(random, target.accelerators());
    ImmutableList<Target> better =
        ImmutableList.of(
            target.withOverride(
                "dram.bytes_per_cycle", Decimals.print(target.dram().bytesPerCycle() * 1.7)),
            target.withOverride("buffer.bytes", Long.toString(target.buffer().bytes() * 3 / 2)),
            target.withOverride("buffer.bytes_per_cycle", "null"),
            target.withOverride("link.latency_cycles", "0"));
    for (DramSharing sharing : DramSharing.values()) {
      Comparison before = CostModel.compare(target, layers, sharing);
      for (Target faster : better) {
        Comparison after = CostModel.compare(faster, layers, sharing);
        assertThat(after.pruned().cycles()).isLessThanOrEqualTo(before.pruned().cycles());
        assertThat(after.denseOnAll().cycles()).isLessThanOrEqualTo(before.denseOnAll().cycles());
        assertThat(after.denseOnOne().cycles()).isLessThanOrEqualTo(before.denseOnOne().cycles());
      }
    }
    assertThat(CostModel.compare(target, layers, DramSharing.PRIVATE).pruned().cycles())
        .isLessThanOrEqualTo(
            CostModel.compare(target, layers, DramSharing.SHARED).pruned().cycles());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void narrowerWeightsNeverCostMore(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    long[] shape = randomShape(random);
    Estimate before = node(target, shape);
    String fewer = Integer.toString(1 + random.nextInt(target.weightBits()));
    Estimate after = node(target.withOverride("weight_bits", fewer), shape);
    assertThat(after.cycles()).isLessThanOrEqualTo(before.cycles());
    assertThat(after.dramBytes()).isLessThanOrEqualTo(before.dramBytes());
    assertThat(after.energyBreakdown().dram())
        .isLessThanOrEqualTo(before.energyBreakdown().dram() * (1 + 1e-12));
    assertThat(after.macs()).isEqualTo(before.macs());
  }

  @Test
  void weightsOfHalfTheBitsAreHalfTheBytes() {
    Target target = Targets.named("tetris-3d").withOverride("weight_bits", "8");
    Estimate estimate = node(target, 1, 4_096, 1_000);
    assertThat(estimate.dramBytes()).isEqualTo(4_096 * 1_000 + 2 * (4_096 + 1_000));
    assertThat(estimate.energyBreakdown().dram())
        .isEqualTo(80 * (4_096 * 1_000 / 2.0 + 4_096 + 1_000));
    assertThat(estimate.dramCycles()).isEqualTo((4_096 * 1_000 + 2 * 5_096 + 19) / 20);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aSplitLayerReadsEachOperandOnceAndOneWithoutPartsIsTheLayer(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random).withAccelerators(6);
    long[] shape = randomShape(random);
    Estimate alone =
        CostModel.split(
            target.withAccelerators(1),
            shape[0],
            shape[1],
            shape[2],
            new Split(1, 1),
            DramSharing.PRIVATE);
    assertThat(alone).isEqualTo(node(target.withAccelerators(1), shape));
    Split split = new Split((int) Math.min(3, shape[2]), (int) Math.min(2, shape[1]));
    for (DramSharing sharing : DramSharing.values()) {
      Estimate estimate = CostModel.split(target, shape[0], shape[1], shape[2], split, sharing);
      assertThat(estimate.macs()).isEqualTo(shape[0] * shape[1] * shape[2]);
      assertThat(estimate.dramBytes())
          .isGreaterThanOrEqualTo(
              Cycles.bytes(
                  target, new Moved(shape[1] * shape[2], shape[0] * (shape[1] + shape[2]))));
    }
  }

  @Test
  void aSplitThatDoesNotFitIsRefused() {
    Target target = Targets.named("tetris-3d");
    assertThatThrownBy(
            () -> CostModel.split(target, 1, 64, 64, new Split(3, 2), DramSharing.PRIVATE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 accelerators");
    assertThatThrownBy(
            () -> CostModel.split(target, 1, 1, 64, new Split(1, 2), DramSharing.PRIVATE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Split(0, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CostModel.node(target, 4, 1, 64, 64, DramSharing.PRIVATE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("accelerator 4");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 16, 255, 1_024, 4_096})
  void everyBatchIsCounted(long rows) {
    for (String name : Targets.names()) {
      Estimate estimate = node(Targets.named(name), rows, 4_096, 4_096);
      assertThat(estimate.macs()).isEqualTo(rows * 4_096 * 4_096);
      assertThat(estimate.conservativeCycles()).isGreaterThan(estimate.cycles());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void oneAcceleratorScattersNothing(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random).withAccelerators(1);
    ImmutableList<LayerWork> layers = randomLayers(random, 1);
    for (DramSharing sharing : DramSharing.values()) {
      Comparison comparison = CostModel.compare(target, layers, sharing);
      assertThat(comparison.pruned()).isEqualTo(comparison.denseOnOne());
      assertThat(comparison.denseOnAll()).isEqualTo(comparison.denseOnOne());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void cyclesOfTheSpatialArrayAreThoseOfItsLoops(int seed) {
    Random random = new Random(seed);
    long rows = 1L + random.nextInt(8);
    long columns = 1L + random.nextInt(6);
    long m = 1L + random.nextInt(4);
    long k = 1L + random.nextInt(30);
    long n = 1L + random.nextInt(30);
    long least = Long.MAX_VALUE;
    for (long a = 1; a <= rows; a++) {
      if (rows % a != 0) {
        continue;
      }
      long cycles = 0;
      for (long row = 0; row < m; row++) {
        for (long input = 0; input < k; input += a) {
          for (long output = 0; output < n; output += rows / a * columns) {
            cycles++;
          }
        }
      }
      least = Math.min(least, cycles);
    }
    assertThat(new SpatialArray(rows, columns, Room.ofWords(8, 1)).cycles(m, k, n))
        .isEqualTo(least);
  }

  @Test
  void moreMultipliersCanBeSlower() {
    assertThat(new SpatialArray(16, 4, Room.ofWords(256, 1)).cycles(1, 4, 16)).isEqualTo(1);
    assertThat(new SpatialArray(17, 4, Room.ofWords(256, 1)).cycles(1, 4, 16)).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(DramSharing.class)
  void aSharedChannelTakesLongerByTheNumberOfAccelerators(DramSharing sharing) {
    Target target = Targets.named("tetris-3d").withAccelerators(8);
    long words = 1_000 * 800 + 1_000 + 800;
    long factor = sharing == DramSharing.SHARED ? 8 : 1;
    assertThat(CostModel.node(target, 1, 1_000, 800, sharing).dramCycles())
        .isEqualTo((words * factor + 9) / 10);
  }

  @Test
  void theSlowestBranchOfARegionDecides() {
    Target target = Targets.named("tetris-3d").withAccelerators(2);
    // Each layer has its long block on the other branch: the sums are equal, so waiting for the
    // slowest after every layer would take longer.
    LayerWork first = uneven("first", 300, 100, true, false);
    LayerWork second = uneven("second", 100, 300, false, true);
    Estimate pruned =
        CostModel.compare(target, ImmutableList.of(first, second), DramSharing.PRIVATE).pruned();
    long longBlock = node(target, 1, 300, 300).cycles();
    long shortBlock = node(target, 1, 100, 100).cycles();
    assertThat(pruned.cycles() - pruned.linkCycles()).isEqualTo(longBlock + shortBlock);
    assertThat(pruned.linkCycles()).isEqualTo(2 * (10 + 50));
  }

  @Test
  void twoRegionsWaitForEachOther() {
    Target target = Targets.named("tetris-3d").withAccelerators(2);
    LayerWork first = uneven("first", 300, 100, true, true);
    LayerWork second = uneven("second", 100, 300, true, true);
    Estimate pruned =
        CostModel.compare(target, ImmutableList.of(first, second), DramSharing.PRIVATE).pruned();
    assertThat(pruned.cycles() - pruned.linkCycles())
        .isEqualTo(2 * node(target, 1, 300, 300).cycles());
    assertThat(pruned.linkCycles()).isEqualTo(4 * (10 + 50));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aScheduleTakesAsLongAsTheEstimate(int seed) {
    Random random = new Random(seed);
    Target target = randomTarget(random);
    ImmutableList<LayerWork> layers = randomLayers(random, target.accelerators());
    for (DramSharing sharing : DramSharing.values()) {
      Estimate pruned = CostModel.compare(target, layers, sharing).pruned();
      Schedule schedule = CostModel.schedule(target, layers, sharing);
      assertThat(schedule.cycles()).isEqualTo(pruned.cycles());
      long transfers =
          schedule.segments().stream()
              .filter(segment -> segment.accelerator() == Schedule.ALL)
              .mapToLong(segment -> segment.end() - segment.start())
              .sum();
      assertThat(transfers).isEqualTo(pruned.linkCycles());
      for (int accelerator = 0; accelerator < target.accelerators(); accelerator++) {
        assertNothingOverlaps(schedule, accelerator);
      }
      assertThat(schedule.segments().stream().mapToLong(Schedule.Segment::end).max())
          .hasValue(schedule.cycles());
    }
  }

  private static void assertNothingOverlaps(Schedule schedule, int accelerator) {
    long end = 0;
    for (Schedule.Segment segment : schedule.segments()) {
      if (segment.accelerator() == accelerator || segment.accelerator() == Schedule.ALL) {
        assertThat(segment.start()).isGreaterThanOrEqualTo(end);
        assertThat(segment.end()).isGreaterThan(segment.start());
        end = segment.end();
      }
    }
  }

  @Test
  void aSlowLinkBinds() {
    Target target = Targets.named("tetris-3d").withOverride("link.bytes_per_cycle", "0.01");
    LayerWork layer = Layers.cut("layer", 1, 64, 64, 4, true, true);
    Comparison comparison = CostModel.compare(target, ImmutableList.of(layer), DramSharing.PRIVATE);
    assertThat(comparison.pruned().boundBy()).isEqualTo("link");
    assertThat(comparison.pruned().overlappedCycles()).isEqualTo(comparison.pruned().linkCycles());
    assertThat(comparison.denseOnOne().boundBy()).isEqualTo("dram");
  }

  @Test
  void theBindingResourceIsNamed() {
    Target target = Targets.named("tetris-3d");
    assertThat(node(target, 1, 4_096, 4_096).boundBy()).isEqualTo("dram");
    assertThat(node(target, 64, 4_096, 4_096).boundBy()).isEqualTo("array");
    Target slowBuffer = target.withOverride("buffer.bytes_per_cycle", "0.001");
    assertThat(node(slowBuffer, 64, 4_096, 4_096).boundBy()).isEqualTo("buffer");
  }

  @Test
  void aConservativeTimeAddsTheFirstLoadAndTheLastStore() {
    // All 4,096 outputs stay in the buffer; the first tile is one input and its 4,096 weights.
    long load = (2 * (1 + 4_096) + 19) / 20;
    long store = (2 * 4_096 + 19) / 20;
    assertThat(node(Targets.named("tetris-3d"), 1, 4_096, 4_096).conservativeCycles())
        .isEqualTo(1_678_541 + load + store);
  }

  @Test
  void noWorkCostsNothing() {
    Estimate estimate = node(Targets.named("tetris-3d"), 1, 0, 16);
    assertThat(estimate.cycles()).isZero();
    assertThat(estimate.dramBytes()).isZero();
    assertThat(estimate.energyBreakdown().total()).isZero();
  }

  @Test
  void sizesThatMakeNoSenseAreRefused() {
    Target target = Targets.named("tetris-3d");
    assertThatThrownBy(() -> node(target, 1, -1, 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1 inputs");
    assertThatThrownBy(() -> node(target, Long.MAX_VALUE, 3, 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too large to be counted");
    LayerWork layer = Layers.cut("fc6", 1, 64, 64, 8, true, true);
    assertThatThrownBy(
            () -> CostModel.compare(target, ImmutableList.of(layer), DramSharing.PRIVATE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fc6 has 8 blocks")
        .hasMessageContaining("4 accelerators");
  }

  private static LayerWork uneven(
      String name, long first, long second, boolean scatters, boolean gathers) {
    return new LayerWork(
        name,
        1,
        400,
        400,
        ImmutableList.of(new LayerWork.Block(first, first), new LayerWork.Block(second, second)),
        scatters,
        gathers);
  }

  private static Estimate node(Target target, long... shape) {
    return CostModel.node(target, shape[0], shape[1], shape[2], DramSharing.PRIVATE);
  }

  private static long[] randomShape(Random random) {
    int most = 1 << (1 + random.nextInt(10));
    return new long[] {
      random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(random.nextInt(5) == 0 ? 4_096 : 100),
      1 + random.nextInt(most),
      1 + random.nextInt(2_000)
    };
  }

  private static ImmutableList<LayerWork> randomLayers(Random random, int blocks) {
    List<LayerWork> layers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      long rows = 1L + random.nextInt(20);
      long in = blocks * (1L + random.nextInt(200));
      long out = blocks * (1L + random.nextInt(200));
      layers.add(
          random.nextInt(4) == 0
              ? Layers.whole("layer", rows, in, out)
              : Layers.cut(
                  "layer", rows, in, out, blocks, random.nextBoolean(), random.nextBoolean()));
    }
    return ImmutableList.copyOf(layers);
  }

  private static Target randomTarget(Random random) {
    List<String> dataflows = List.of("spatial", "systolic-os", "systolic-ws");
    List<String> bufferLimits = List.of("null", "0.5", "7", "64");
    return Targets.named("tetris-3d")
        .withAccelerators(1 + random.nextInt(8))
        .withOverride("word_bits", Integer.toString(4 + random.nextInt(29)))
        .withOverride("weight_bits", Integer.toString(1 + random.nextInt(32)))
        .withOverride("array.rows", Integer.toString(1 + random.nextInt(40)))
        .withOverride("array.columns", Integer.toString(1 + random.nextInt(40)))
        .withOverride("array.dataflow", dataflows.get(random.nextInt(3)))
        .withOverride("register_file_bytes", Integer.toString(12 + random.nextInt(600)))
        .withOverride(
            "buffer.bytes", Integer.toString(20 + random.nextInt(1 << (4 + random.nextInt(15)))))
        .withOverride("buffer.bytes_per_cycle", bufferLimits.get(random.nextInt(4)))
        .withOverride("dram.bytes_per_cycle", Decimals.print(0.1 * (1 + random.nextInt(600))));
  }
}
