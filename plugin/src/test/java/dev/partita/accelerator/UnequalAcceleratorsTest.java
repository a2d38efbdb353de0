package dev.partita.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.Shares.BranchLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accelerators that differ, and the shares with which their branches end together. */
class UnequalAcceleratorsTest {
  @TempDir Path folder;

  @Test
  void halfTheBandwidthGetsTheRootOfHalfTheShare() throws IOException {
    Target target = target("{}", "{dram: {bytes_per_cycle: 10}}");
    ImmutableList<BranchLayer> layers =
        ImmutableList.of(
            new BranchLayer(1, 25_088, 4_096, true), new BranchLayer(1, 4_096, 4_096, true));
    Shares shares = Shares.balanced(target, layers, DramSharing.PRIVATE);
    double root = Math.sqrt(2);
    assertThat(shares.parts().get(0)).isCloseTo(root / (1 + root), within(2e-3));
    Estimate pruned = pruned(target, layers, shares);
    assertThat(pruned.loadImbalance()).isBetween(1.0, 1.005);
    Estimate equal = pruned(target, layers, Shares.equal(2));
    assertThat(equal.loadImbalance()).isCloseTo(4.0 / 3, within(0.01));
    assertThat(pruned.cycles()).isLessThan(equal.cycles());
  }

  /** Where only the outputs are divided, a share is worth its time and not its square. */
  @Test
  void sharedInputsGiveSharesInProportionToTheBandwidth() throws IOException {
    Target target = target("{}", "{dram: {bytes_per_cycle: 10}}");
    Shares shares =
        Shares.balanced(
            target, ImmutableList.of(new BranchLayer(1, 4_096, 8_192, false)), DramSharing.PRIVATE);
    assertThat(shares.parts().get(0)).isCloseTo(2.0 / 3, within(2e-3));
  }

  @ParameterizedTest
  @CsvSource({"1, PRIVATE", "1, SHARED", "64, PRIVATE", "512, SHARED", "4096, PRIVATE"})
  void branchesEndTogetherWhateverBinds(long rows, DramSharing sharing) throws IOException {
    Target target =
        target(
            "{}",
            "{dram: {bytes_per_cycle: 10}}",
            "{array: {columns: 7}}",
            "{clock_mhz: 250, buffer: {bytes: 20000}}");
    ImmutableList<BranchLayer> layers =
        ImmutableList.of(
            new BranchLayer(rows, 2_048, 4_096, true), new BranchLayer(rows, 4_096, 1_999, true));
    Shares shares = Shares.balanced(target, layers, sharing);
    Comparison comparison = CostModel.compare(target, works(layers, shares), sharing);
    assertThat(comparison.pruned().loadImbalance()).isLessThan(1.05);
    assertThat(comparison.denseOnAll().loadImbalance()).isLessThan(1.05);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void balancedSharesAreNoSlowerThanEqualOnes(int seed) throws IOException {
    Random random = new Random(seed);
    List<String> entries = new ArrayList<>();
    for (int i = 0; i < 2 + random.nextInt(4); i++) {
      entries.add(
          "{clock_mhz: %d, array: {rows: %d}, dram: {bytes_per_cycle: %d}}"
              .formatted(
                  100 + random.nextInt(900), 1 + random.nextInt(20), 1 + random.nextInt(40)));
    }
    Target target = target(entries.toArray(new String[0]));
    ImmutableList<BranchLayer> layers =
        ImmutableList.of(
            new BranchLayer(
                1 + random.nextInt(60), 500 + random.nextInt(2_000), 2_000, random.nextBoolean()));
    Shares shares = Shares.balanced(target, layers, DramSharing.PRIVATE);
    assertThat(shares.parts().stream().sum()).isCloseTo(1, within(1e-9));
    assertThat(pruned(target, layers, shares).cycles())
        .isLessThanOrEqualTo(pruned(target, layers, Shares.equal(target.accelerators())).cycles());
  }

  @Test
  void sizesAddUpAndLeaveNobodyWithout() {
    Random random = new Random(4);
    for (int round = 0; round < 2_000; round++) {
      int accelerators = 1 + random.nextInt(9);
      double[] speed = random.doubles(accelerators, 0, 1).map(x -> Math.pow(x, 6) + 1e-9).toArray();
      double sum = Arrays.stream(speed).sum();
      Shares shares = Shares.balanced(accelerators, (i, part) -> part * sum / speed[i]);
      int items = random.nextInt(60);
      long[] sizes = shares.sizes(items);
      assertThat(Arrays.stream(sizes).sum()).isEqualTo(items);
      assertThat(Arrays.stream(sizes).min().orElseThrow())
          .isGreaterThanOrEqualTo(items >= accelerators ? 1 : 0);
    }
    for (int accelerators = 1; accelerators <= 50; accelerators++) {
      for (int items = 0; items < 120; items++) {
        long[] sizes = Shares.equal(accelerators).sizes(items);
        for (int i = 0; i < accelerators; i++) {
          assertThat(sizes[i]).isEqualTo(items / accelerators + (i < items % accelerators ? 1 : 0));
        }
      }
    }
    assertThatThrownBy(() -> Shares.equal(2).sizes(-1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void entriesThatSayNothingAreEqualAccelerators() throws IOException {
    Target listed = target("{}", "{}", "{}");
    Target counted = Targets.named("tetris-3d").withAccelerators(3);
    ImmutableList<BranchLayer> layers = ImmutableList.of(new BranchLayer(3, 301, 200, true));
    Shares shares = Shares.balanced(listed, layers, DramSharing.SHARED);
    ImmutableList<LayerWork> works = works(layers, Shares.equal(3));
    Comparison expected = CostModel.compare(counted, works, DramSharing.SHARED);
    Comparison comparison = CostModel.compare(listed, works, DramSharing.SHARED);
    assertThat(shares.sizes(301)).containsExactly(101, 100, 100);
    assertThat(comparison.pruned().cycles()).isEqualTo(expected.pruned().cycles());
    assertThat(comparison.denseOnAll().cycles()).isEqualTo(expected.denseOnAll().cycles());
    assertThat(comparison.denseOnOne().cycles()).isEqualTo(expected.denseOnOne().cycles());
    assertThat(comparison.pruned().energyBreakdown().total())
        .isCloseTo(expected.pruned().energyBreakdown().total(), within(1e-3));
  }

  @Test
  void timesAreInCyclesOfTheTargetsClock() throws IOException {
    Target target = target("{}", "{clock_mhz: 250}", "{clock_mhz: 1000}");
    long cycles = node(target, 0).cycles();
    assertThat(node(target, 1).cycles()).isEqualTo(2 * cycles);
    assertThat(node(target, 2).cycles()).isEqualTo((cycles + 1) / 2);
    assertThat(node(target, 1).latencyMicros()).isEqualTo(2 * node(target, 0).latencyMicros());
    // Half the clock burns for twice the time: the same cycles of its own.
    assertThat(node(target, 1).energyBreakdown().staticPower())
        .isEqualTo(node(target, 0).energyBreakdown().staticPower());
    assertThat(node(target, 1).energyBreakdown().dram())
        .isEqualTo(node(target, 0).energyBreakdown().dram());
  }

  @Test
  void eachAcceleratorHasItsOwnPrices() throws IOException {
    Target target = target("{}", "{energy: {dram: 800}}");
    LayerWork layer = Layers.cut("layer", 1, 64, 64, 2, true, true);
    EnergyBreakdown energy =
        CostModel.compare(target, ImmutableList.of(layer), DramSharing.PRIVATE)
            .pruned()
            .energyBreakdown();
    long words = 32 * 32 + 32 + 32;
    assertThat(energy.dram()).isEqualTo(words * 80 + words * 800);
  }

  @Test
  void denseOnOneIsTheOneThatEndsFirst() throws IOException {
    Target target = target("{dram: {bytes_per_cycle: 5}}", "{}", "{array: {rows: 1}}");
    LayerWork layer = Layers.whole("layer", 1, 4_096, 4_096);
    Comparison comparison = CostModel.compare(target, ImmutableList.of(layer), DramSharing.PRIVATE);
    assertThat(comparison.denseOnOne().cycles())
        .isEqualTo(CostModel.node(target, 1, 1, 4_096, 4_096, DramSharing.PRIVATE).cycles());
  }

  @Test
  void aListIsPrintedAndReadBack() throws IOException {
    Target target =
        target("{}", "{clock_mhz: 250, dram: {bytes_per_cycle: 10}, buffer: {bytes: 9000}}");
    assertThat(target.accelerators()).isEqualTo(2);
    assertThat(target.accelerator(0).dram().bytesPerCycle()).isEqualTo(20);
    assertThat(target.accelerator(1).buffer().bytes()).isEqualTo(9_000);
    assertThat(read(target.toYaml())).isEqualTo(target);
    Target wider = target.withOverride("dram.bytes_per_cycle", "40");
    assertThat(wider.accelerator(0).dram().bytesPerCycle()).isEqualTo(40);
    assertThat(wider.accelerator(1).dram().bytesPerCycle()).isEqualTo(10);
    assertThat(target.withAccelerators(2)).isEqualTo(target);
    assertThatThrownBy(() -> target.withAccelerators(3))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining("lists 2 unequal accelerators");
    assertThatThrownBy(() -> target.accelerator(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static Estimate node(Target target, int accelerator) {
    return CostModel.node(target, accelerator, 1, 512, 512, DramSharing.PRIVATE);
  }

  private static Estimate pruned(Target target, ImmutableList<BranchLayer> layers, Shares shares) {
    return CostModel.compare(target, works(layers, shares), DramSharing.PRIVATE).pruned();
  }

  private static ImmutableList<LayerWork> works(ImmutableList<BranchLayer> layers, Shares shares) {
    ImmutableList.Builder<LayerWork> works = ImmutableList.builder();
    for (int i = 0; i < layers.size(); i++) {
      BranchLayer layer = layers.get(i);
      long[] ins = shares.sizes(layer.in());
      long[] outs = shares.sizes(layer.out());
      ImmutableList.Builder<LayerWork.Block> blocks = ImmutableList.builder();
      for (int branch = 0; branch < ins.length; branch++) {
        blocks.add(
            new LayerWork.Block(layer.dividesInput() ? ins[branch] : layer.in(), outs[branch]));
      }
      works.add(
          new LayerWork(
              "layer" + i,
              layer.rows(),
              layer.in(),
              layer.out(),
              blocks.build(),
              i == 0,
              i == layers.size() - 1));
    }
    return works.build();
  }

  private Target target(String... accelerators) throws IOException {
    return read(
        Targets.named("tetris-3d").toYaml().replaceFirst("accelerators: 4\n", list(accelerators)));
  }

  private static String list(String... accelerators) {
    return "accelerators:\n  - " + String.join("\n  - ", accelerators) + "\n";
  }

  private Target read(String yaml) throws IOException {
    return Targets.read(Files.writeString(folder.resolve("unequal.yaml"), yaml));
  }
}
