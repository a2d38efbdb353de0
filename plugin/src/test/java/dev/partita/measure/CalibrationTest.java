package dev.partita.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSortedMap;
import dev.partita.UsageException;
import dev.partita.accelerator.Bandwidth;
import dev.partita.accelerator.Target;
import dev.partita.accelerator.Targets;
import dev.partita.measure.Calibration.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {

  private static final Result MADE_UP =
      new Result(new Bandwidth(ImmutableSortedMap.of(1L << 10, 40.0, 1L << 14, 10.00001)), 31.7);

  @TempDir private Path folder;

  @Test
  void writesATargetThatIsReadBack() throws Exception {
    Target target = read(MachineTarget.yaml("mine", MADE_UP, 2, null));
    assertThat(target.name()).isEqualTo("mine");
    assertThat(target.accelerators()).isEqualTo(2);
    assertThat(target.array().columns()).isEqualTo(32);
    assertThat(target.dram().bandwidth().byWorkingSet())
        .containsExactly(Map.entry(1L << 10, 40.0), Map.entry(1L << 14, 10.0));
    assertThat(target.link().bytesPerCycle()).isEqualTo(10);
    assertThat(target.sources().get("energy")).contains("not measured");
  }

  @Test
  void writesTheBandwidthForOneModel() throws Exception {
    Target target = read(MachineTarget.yaml("mine", MADE_UP, 2, 1L << 12));
    assertThat(target.dram().bandwidth()).isEqualTo(Bandwidth.of(25));
    assertThat(target.link().bytesPerCycle()).isEqualTo(25);
    assertThat(target.sources().get("dram.bytes_per_cycle"))
        .endsWith("{1024: 40, 16384: 10}; this is for 4096 bytes");
  }

  private Target read(String yaml) throws IOException {
    return Targets.read(Files.writeString(folder.resolve("machine.yaml"), yaml));
  }

  @Test
  void measuresThisMachine() {
    Result measured = Calibration.measure(1 << 20);
    assertThat(measured.bytesPerNano().byWorkingSet()).containsOnlyKeys(1L << 18, 1L << 20);
    // Between a slow bus and what no core reads: 0.1 and 1,000 GB in a second.
    assertThat(measured.bytesPerNano().byWorkingSet().values())
        .allSatisfy(bytes -> assertThat(bytes).isBetween(0.1, 1000.0));
    assertThat(measured.macsPerNano()).isBetween(0.1, 1000.0);
    assertThatThrownBy(() -> Calibration.measure(1 << 10))
        .isInstanceOf(UsageException.class)
        .hasMessage("The working set of a calibration must have at least 262144 bytes.");
  }
}
