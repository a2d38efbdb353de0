package dev.partita.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A memory whose bandwidth depends on what is read over and over. */
class BandwidthTest {

  private static final String CURVE = "{1024: 40, 16384: 10}";

  /** Of four accelerators, each with a memory of its own, in words of 32 bits. */
  private static final Target MACHINE =
      Targets.named("tetris-3d")
          .withOverride("word_bits", "32")
          .withOverride("dram.sharing", "private")
          .withOverride("dram.bytes_per_cycle", CURVE);

  @TempDir private Path folder;

  @Test
  void readsTheCurveBetweenItsPoints() {
    Bandwidth curve = new Bandwidth(ImmutableSortedMap.of(1L << 10, 40.0, 1L << 14, 10.0));
    Offset<Double> rounding = Offset.offset(1e-9);
    assertThat(curve.at(0)).isEqualTo(40);
    assertThat(curve.at(1 << 10)).isEqualTo(40);
    assertThat(curve.at(1 << 12)).isCloseTo(25, rounding);
    assertThat(curve.at(1 << 14)).isEqualTo(10);
    assertThat(curve.at(1L << 40)).isEqualTo(10);
    assertThat(curve.bytesPerCycle()).isEqualTo(10);
    assertThat(Bandwidth.of(7).at(1)).isEqualTo(7);
    assertThatThrownBy(() -> new Bandwidth(ImmutableSortedMap.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCurvePrintedAndReadBackIsEqual() throws IOException {
    assertThat(MACHINE.toYaml()).contains("dram: {bytes_per_cycle: " + CURVE + ", sharing:");
    Path file = Files.writeString(folder.resolve("target.yaml"), MACHINE.toYaml());
    assertThat(Targets.read(file)).isEqualTo(MACHINE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{1024: 40}",
        "{}",
        "{1024: 40, 1024: 10}",
        "{16384: 10, 1024: 40}",
        "{0: 40, 16384: 10}",
        "{1024: 40, 16384: 0}",
        "{1024: 40, 16384: fast}",
        "{1024: 40, 16384: null}",
        "{1024: 40, 16384: {1: 2}}",
        "{1.5: 40, 16384: 10}",
        "{1024: 1e99, 16384: 10}",
        "[40, 10]"
      })
  void aCurveThatMakesNoSenseIsRefused(String curve) throws IOException {
    String yaml = MACHINE.toYaml().replace(CURVE, curve);
    assertThat(yaml).contains(curve);
    Path file = Files.writeString(folder.resolve("target.yaml"), yaml);
    assertThatThrownBy(() -> Targets.read(file))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining("line 8")
        .hasMessageContaining("\"dram.bytes_per_cycle\"");
    assertThatThrownBy(() -> MACHINE.withOverride("dram.bytes_per_cycle", curve))
        .isInstanceOf(TargetException.class);
  }

  /** Two layers of 64 x 64, 16 KiB each: all of them, a quarter, a sixteenth. */
  @Test
  void eachFigureHasTheBandwidthOfWhatItReads() {
    ImmutableList<LayerWork> layers = stack();
    Comparison comparison = CostModel.compare(MACHINE, layers, DramSharing.PRIVATE);
    assertThat(comparison.denseOnOne().cycles())
        .isEqualTo(at(10, layers, DramSharing.PRIVATE).denseOnOne().cycles());
    assertThat(comparison.denseOnAll().cycles())
        .isEqualTo(at(17.5, layers, DramSharing.PRIVATE).denseOnAll().cycles());
    assertThat(comparison.pruned().cycles())
        .isEqualTo(at(32.5, layers, DramSharing.PRIVATE).pruned().cycles())
        .isLessThan(at(17.5, layers, DramSharing.PRIVATE).pruned().cycles());
    // All four read through one memory: 8 KiB.
    Comparison shared = CostModel.compare(MACHINE, layers, DramSharing.SHARED);
    assertThat(shared.denseOnAll().cycles())
        .isEqualTo(at(10, layers, DramSharing.SHARED).denseOnAll().cycles());
    assertThat(shared.pruned().cycles())
        .isEqualTo(at(17.5, layers, DramSharing.SHARED).pruned().cycles());
  }

  @ParameterizedTest
  @EnumSource(DramSharing.class)
  void layersOfAModelAddUp(DramSharing sharing) {
    ImmutableList<LayerWork> layers = stack();
    Comparison whole = CostModel.compare(MACHINE, layers, sharing);
    long dense = 0;
    long pruned = 0;
    for (LayerWork layer : layers) {
      Comparison part = CostModel.compare(MACHINE, List.of(layer), layers, sharing);
      dense += part.denseOnOne().cycles();
      pruned += part.pruned().cycles();
    }
    assertThat(whole.denseOnOne().cycles()).isEqualTo(dense);
    assertThat(whole.pruned().cycles()).isEqualTo(pruned);
    // By itself a layer leaves more room in the caches than in its model.
    assertThat(CostModel.compare(MACHINE, layers.subList(0, 1), sharing).pruned().cycles())
        .isLessThan(
            CostModel.compare(MACHINE, layers.subList(0, 1), layers, sharing).pruned().cycles());
  }

  @Test
  void unequalAcceleratorsHaveCurvesOfTheirOwn() throws IOException {
    String yaml =
        MACHINE
            .toYaml()
            .replace(
                "accelerators: 4",
                "accelerators: [{dram: {bytes_per_cycle: {1024: 20, 16384: 4}}}, {}]");
    Target target = Targets.read(Files.writeString(folder.resolve("two.yaml"), yaml));
    assertThat(target.accelerator(0).dram().bandwidth().at(1 << 12)).isEqualTo(12);
    Target at = target.forWorkingSet(1 << 12);
    assertThat(at.accelerator(0).dram().bandwidth()).isEqualTo(Bandwidth.of(12));
    assertThat(at.accelerator(1).dram().bandwidth()).isEqualTo(Bandwidth.of(25));
    assertThat(at.forWorkingSet(1 << 13)).isSameAs(at);
  }

  private static ImmutableList<LayerWork> stack() {
    return ImmutableList.of(
        Layers.cut("first", 1, 64, 64, 4, true, false),
        Layers.cut("second", 1, 64, 64, 4, false, true));
  }

  private static Comparison at(
      double bandwidth, ImmutableList<LayerWork> layers, DramSharing sharing) {
    Target target = MACHINE.withOverride("dram.bytes_per_cycle", Decimals.print(bandwidth));
    return CostModel.compare(target, layers, sharing);
  }
}
