package dev.partita.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TargetsTest {
  @TempDir Path folder;

  static Stream<String> presets() {
    return Targets.names().stream();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void aPresetPrintedAndReadBackIsEqual(String name) throws IOException {
    Target target = Targets.named(name);
    assertThat(target.name()).isEqualTo(name);
    assertThat(Targets.read(write(target.toYaml()))).isEqualTo(target);
  }

  @ParameterizedTest
  @MethodSource("presets")
  void everyValueOfAPresetHasASource(String name) {
    ImmutableSet<String> sourced = Targets.named(name).sources().keySet();
    for (TargetKey key : TargetKey.values()) {
      String group = key.group();
      assertThat(
              key == TargetKey.NAME
                  || TargetKey.OPTIONAL.contains(key)
                  || sourced.contains(key.path())
                  || (group != null && sourced.contains(group)))
          .as("source of %s", key.path())
          .isTrue();
    }
    assertThat(Targets.named(name).sources().values()).allSatisfy(s -> assertThat(s).isNotBlank());
  }

  @ParameterizedTest
  @MethodSource("presets")
  void noPresetTravelsForFree(String name) {
    assertThat(Targets.named(name).energy().linkHop()).isPositive();
  }

  @Test
  void tetris3dHoldsThePublishedConstants() {
    Target target = Targets.named("tetris-3d");
    assertThat(target.accelerators()).isEqualTo(4);
    assertThat(target.array()).isEqualTo(new Target.MultiplierArray(14, 14, Dataflow.SPATIAL));
    assertThat(target.registerFileWords()).isEqualTo(256);
    assertThat(target.bufferWords()).isEqualTo(66_516);
    assertThat(target.dram()).isEqualTo(new Target.Dram(20, DramSharing.PRIVATE));
    assertThat(target.energy()).isEqualTo(new Target.EnergyTable(2, 0.6, 4, 14, 80, 40, 12.5));
    assertThat(target.sources().get("clock_mhz")).startsWith("assumed");
    assertThat(target.sources().get("dram.bytes_per_cycle")).startsWith("assumed");
  }

  /** Array, register file and buffer in bytes, DRAM, and energies but those assumed. */
  @ParameterizedTest
  @CsvSource({
    "eyeriss-norm, 16, 16, 512, 131072, 1, 1, 2, 6, 200, 0",
    "eyeriss-65nm, 12, 14, 522, 110592, 2, 1, 4, 15, 460, 150",
    "tetris-2d, 16, 16, 1024, 576056, 2, 1, 4, 28, 240, 320",
    "tetris-3d, 14, 14, 512, 133032, 2, 0.6, 4, 14, 80, 12.5",
    "kapla-single, 16, 16, 512, 262144, 0.9984, 0.25073, 3.2832, 7.4837, 401.89, 541.0"
  })
  void presetsHoldThePublishedConstants(
      String name,
      int rows,
      int columns,
      long registerFile,
      long buffer,
      double mac,
      double register,
      double array,
      double bufferEnergy,
      double dram,
      double staticPower) {
    Target target = Targets.named(name);
    assertThat(target.array())
        .isEqualTo(new Target.MultiplierArray(rows, columns, Dataflow.SPATIAL));
    assertThat(target.registerFileBytes()).isEqualTo(registerFile);
    assertThat(target.buffer().bytes()).isEqualTo(buffer);
    assertThat(target.energy())
        .isEqualTo(
            new Target.EnergyTable(
                mac, register, array, bufferEnergy, dram, target.energy().linkHop(), staticPower));
  }

  @Test
  void eyerissCountsInUnitsOfOneMac() {
    Target target = Targets.named("eyeriss-norm");
    assertThat(target.energyUnit()).isEqualTo(EnergyUnit.MAC);
    Estimate estimate = CostModel.node(target, 1, 256, 256, DramSharing.PRIVATE);
    assertThat(estimate.energyMicrojoules()).isNull();
    assertThat(estimate.energyBreakdown().unit()).isEqualTo("mac");
    assertThat(estimate.energyBreakdown().mac()).isEqualTo(65_536);
    assertThat(estimate.energyBreakdown().registerFile()).isEqualTo(4 * 65_536);
    assertThat(estimate.energyBreakdown().array()).isEqualTo(2 * (65_536 + 2 * 16 * 256));
    assertThat(estimate.energyBreakdown().dram()).isEqualTo(200 * (65_536 + 512));
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearest() {
    assertThatThrownBy(() -> Targets.named("tetris3d"))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining("\"tetris3d\"; did you mean \"tetris-3d\"?")
        .hasMessageContaining("eyeriss-norm");
    assertThatThrownBy(() -> Targets.named("")).isInstanceOf(TargetException.class);
    assertThatThrownBy(() -> Targets.named("../tetris-3d")).isInstanceOf(TargetException.class);
  }

  @Test
  void anOverrideChangesOneKeyAndItsSource() {
    Target target = Targets.named("tetris-3d");
    Target changed = target.withOverride("array.dataflow", "systolic-os");
    assertThat(changed.array().dataflow()).isEqualTo(Dataflow.SYSTOLIC_OUTPUT_STATIONARY);
    assertThat(changed.sources()).containsEntry("array.dataflow", "set by the user");
    assertThat(changed.energy()).isEqualTo(target.energy());
    assertThat(target.withOverride("buffer.bytes_per_cycle", "64").buffer().bytesPerCycle())
        .isEqualTo(64);
    assertThat(target.withAccelerators(8).accelerators()).isEqualTo(8);
    assertThat(target.withAccelerators(4)).isSameAs(target);
  }

  @Test
  void anOverriddenTargetPrintedAndReadBackIsEqual() throws IOException {
    Target target =
        Targets.named("eyeriss-65nm")
            .withOverride("name", "mine: \"a\\b\" # \u00e4 \ud83d\ude00")
            .withOverride("dram.bytes_per_cycle", "12.80")
            .withOverride("energy.mac", "1e-3")
            .withOverride("energy.static_per_cycle", "-0")
            .withOverride("buffer.bytes_per_cycle", "0.125");
    assertThat(Targets.read(write(target.toYaml()))).isEqualTo(target);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "array.row        | 4     | \"array.row\" to set is unknown; did you mean \"array.rows\"?",
        "array.rows       | -4    | \"array.rows\" cannot be set to \"-4\"",
        "array.rows       | 4.5   | whole number",
        "array.dataflow   | ws    | one of spatial, systolic-os, systolic-ws",
        "clock_mhz        | 0     | \"clock_mhz\"",
        "clock_mhz        | NaN   | \"clock_mhz\"",
        "clock_mhz        | 1e300 | \"clock_mhz\"",
        "energy.dram      | -1    | \"energy.dram\"",
        "accelerators     | 0     | \"accelerators\"",
        "buffer.bytes     | 8     | \"buffer.bytes\" is 8, too small",
        "register_file_bytes | 4  | \"register_file_bytes\" is 4, too small",
        "sources.array    | me    | unknown"
      })
  void anOverrideThatMakesNoSenseIsRefused(String key, String value, String message) {
    assertThatThrownBy(() -> Targets.named("tetris-3d").withOverride(key, value))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining("target tetris-3d")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "clock_mhz: 500      | clock_mhz: -500        | line 3 | \"clock_mhz\" is -500",
        "clock_mhz: 500      | clock_mhz: .nan        | line 3 | \"clock_mhz\"",
        "clock_mhz: 500      | clock_mhz: '500'       | line 3 | \"clock_mhz\"",
        "clock_mhz: 500      | clock_mhz:             | line 3 | \"clock_mhz\" is null",
        "clock_mhz: 500      | clock_mhz: [500]       | line 3 | \"clock_mhz\" is a list or a map",
        "clock_mhz: 500      | clok_mhz: 500          | line 3 | did you mean \"clock_mhz\"?",
        "clock_mhz: 500      | word_bits: 8           | line 4 | \"word_bits\" occurs twice",
        "clock_mhz: 500      | # nothing              | line 1 | \"clock_mhz\" is missing",
        "rows: 14            | rows: fourteen         | line 5 | \"array.rows\" is fourteen",
        "rows: 14            | rows: 14.0             | line 5 | \"array.rows\" is 14.0",
        "rows: 14            | rows: 100000000        | line 5 | \"array.rows\" is 100000000",
        "rows: 14            | row: 14                | line 5 | did you mean \"array.rows\"?",
        "'rows: 14, '        | ''                     | line 5 | \"array.rows\" is missing",
        "dataflow: spatial   | dataflow: no-such      | line 5 | one of spatial, systolic-os",
        "double_buffered: true | double_buffered: 1   | line 7 | \"buffer.double_buffered\" is 1",
        "bytes: 133032       | bytes: 1               | line 7 | \"buffer.bytes\" is 1, too small",
        "dram: 80            | dram: -80              | line 11 | \"energy.dram\" is -80",
        "'link_hop: 40, '    | ''                     | line 11 | \"energy.link_hop\" is missing",
        "accelerators: 4     | accelerators: []       | line 2 | lists 0 accelerators",
        "accelerators: 4     | accelerators: [{}, 4]  | line 2 | must be a map",
        "accelerators: 4     | 'accelerators: [{}, {clock: 1}]' | line 2 | \"clock\" is unknown",
        "accelerators: 4     | 'accelerators: [{}, {clock_mhz: -1}]' | line 2 | \"clock_mhz\" is -1",
        "accelerators: 4     | 'accelerators: [{}, {dram: {bytes: 1}}]' | line 2 | \"dram.bytes\"",
        "accelerators: 4     | 'accelerators: [{}, {name: me}]' | line 2 | to all accelerators together",
        "accelerators: 4     | 'accelerators: [{}, {word_bits: 8}]' | line 2 | \"word_bits\" applies",
        "accelerators: 4     | 'accelerators: [{}, {dram: {sharing: shared}}]' | line 2 | \"dram.sharing\"",
        "accelerators: 4     | 'accelerators: [{}, {buffer: {bytes: 2}}]' | line 2 | too small",
        "word_bits: 16       | 'word_bits: 16\nweight_bits: 0' | line 5 | \"weight_bits\" is 0",
        "dram: {bytes_per_cycle: 20 | dram: {bytes: 20 | line 8 | \"dram.bytes\" is unknown",
        "clock_mhz: 500      | clock: 500             | line 3 | \"clock\" is unknown",
        "'  array: '         | '  arrey: '            | line 14 | did you mean \"array\"?",
        "energy_unit: picojoule | energy_unit: [pj    | line    | not YAML"
      })
  void aFileThatMakesNoSenseIsRefusedWithLineAndKey(
      String right, String wrong, String line, String message) throws IOException {
    String text = Targets.named("tetris-3d").toYaml();
    assertThat(text).contains(right);
    Path file = write(text.replaceFirst(Pattern.quote(right), wrong));
    assertThatThrownBy(() -> Targets.read(file))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(line)
        .hasMessageContaining(message);
  }

  @Test
  void weightsMayBeNarrowerThanWords() throws IOException {
    Target target = Targets.named("tetris-3d");
    assertThat(target.weightBits()).isEqualTo(16);
    assertThat(target.toYaml()).doesNotContain("weight_bits");
    assertThat(target.withOverride("word_bits", "8").weightBits()).isEqualTo(8);
    Target quantized = target.withOverride("weight_bits", "4");
    assertThat(quantized.wordBits()).isEqualTo(16);
    assertThat(quantized.weightBits()).isEqualTo(4);
    assertThat(quantized.sources()).containsEntry("weight_bits", "set by the user");
    assertThat(Targets.read(write(quantized.toYaml()))).isEqualTo(quantized);
    assertThat(quantized.withOverride("word_bits", "8").weightBits()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(value = {"''", "just text", "[1; 2]", "'{1: 2}'", "'? [a]\n: b'"})
  void aFileThatIsNoTargetIsRefused(String text) throws IOException {
    Path file = write(text);
    assertThatThrownBy(() -> Targets.read(file))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining(file + ", line 1");
  }

  @Test
  void aFileThatCannotBeReadIsRefused() throws IOException {
    assertThatThrownBy(() -> Targets.read(folder.resolve("missing.yaml")))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining("missing.yaml");
    Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, 0, 1});
    assertThatThrownBy(() -> Targets.read(binary))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining("binary.yaml");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("target.yaml"), text);
  }
}
