package dev.partita.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.accelerator.Target;
import dev.partita.accelerator.Targets;
import dev.partita.measure.Calibration.Point;
import dev.partita.measure.Calibration.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {

  private static final Result MADE_UP =
      new Result(ImmutableList.of(new Point(1 << 10, 40), new Point(1 << 14, 10)), 31.7);

  @TempDir private Path folder;

  @Test
  void readsTheCurveBetweenItsPoints() {
    Offset<Double> rounding = Offset.offset(1e-9);
    assertThat(MADE_UP.bytesPerNano(1)).isEqualTo(40);
    assertThat(MADE_UP.bytesPerNano(1 << 10)).isEqualTo(40);
    assertThat(MADE_UP.bytesPerNano(1 << 12)).isCloseTo(25, rounding);
    assertThat(MADE_UP.bytesPerNano(1 << 14)).isCloseTo(10, rounding);
    assertThat(MADE_UP.bytesPerNano(1L << 40)).isEqualTo(10);
  }

  @Test
  void writesATargetThatIsReadBack() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("machine.yaml"), MachineTarget.yaml("mine", MADE_UP, 2, 1 << 12));
    Target target = Targets.read(file);
    assertThat(target.name()).isEqualTo("mine");
    assertThat(target.accelerators()).isEqualTo(2);
    assertThat(target.array().columns()).isEqualTo(32);
    assertThat(target.dram().bytesPerCycle()).isEqualTo(25);
    assertThat(target.sources().get("dram.bytes_per_cycle"))
        .contains("1024 bytes 40.00, 16384 bytes 10.00");
    assertThat(target.sources().get("energy")).contains("not measured");
  }

  @Test
  void measuresThisMachine() {
    Result measured = Calibration.measure(1 << 20);
    assertThat(measured.curve()).extracting(Point::bytes).containsExactly(1L << 18, 1L << 20);
    // Between a slow bus and what no core reads: 0.1 and 1,000 GB in a second.
    assertThat(measured.curve())
        .allSatisfy(point -> assertThat(point.bytesPerNano()).isBetween(0.1, 1000.0));
    assertThat(measured.macsPerNano()).isBetween(0.1, 1000.0);
    assertThatThrownBy(() -> Calibration.measure(1 << 10))
        .isInstanceOf(UsageException.class)
        .hasMessage("A machine is measured with working sets of at least 262144 bytes.");
  }
}
