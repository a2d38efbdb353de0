package dev.partita.trial;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.accelerator.Targets;
import dev.partita.options.GateOptions;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.spi.Parameter;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTextTest {

  private static final Target TARGET = Targets.named("tetris-3d").withAccelerators(4);

  @Test
  void saysWhatHoldsByDefault() {
    assertThat(OptionsText.of(Options.builder().build(), TARGET))
        .isEqualTo(
            "--accelerators 4 --target tetris-3d --dram private --strategy optimized --seed 1"
                + " --repair none --distill-steps 9000 --bridge-rank 0 --soften auto --ir-version"
                + " auto --min-block 16");
  }

  @Test
  void saysWhatWasGiven() {
    Options options =
        Options.builder()
            .set(TargetOptions.SET, ImmutableMap.of("clock_mhz", "100", "word_bits", "8"))
            .set(TargetOptions.DIM, ImmutableMap.of("batch", 7L))
            .set(TargetOptions.DRAM, DramSharing.SHARED)
            .set(PlanningOptions.PADDING_MASK, "mask")
            .set(OutputOptions.FOLD, true)
            .set(GateOptions.GATE, false)
            .set(SelectionOptions.EXCLUDE, ImmutableList.of("/a/*", "/b/*"))
            .build();
    assertThat(OptionsText.of(options, TARGET))
        .contains("--set clock_mhz=100 --set word_bits=8 --dim batch=7 --dram shared")
        .contains("--padding-mask mask", " --fold ", " --no-gate ")
        .contains("--exclude /a/* --exclude /b/*");
  }

  @Test
  void saysNothingOfFilesAndThreads() {
    Options options =
        Options.builder()
            .set(PlanningOptions.CALIBRATION, "secret/c.npz")
            .set(TargetOptions.TARGET, "secret/t.yaml")
            .set(GateOptions.METRIC, "sh secret/score.sh")
            .set(GateOptions.MAX_METRIC_DROP, 0.5)
            .set(PlanningOptions.THREADS, 7)
            .build();
    assertThat(OptionsText.of(options, TARGET))
        .doesNotContain("secret", "--threads")
        .contains("--max-metric-drop 0.5");
  }

  /** An option that is added is recorded, or says that it is not. */
  @Test
  void leavesOutTheseAlone() {
    List<String> left =
        OptionGroup.all().stream()
            .filter(parameter -> !parameter.recorded())
            .map(Parameter::name)
            .toList();
    assertThat(left)
        .containsExactly(
            "calibration", "threads", "validation", "metric", "metric-name", "metric-timeout");
  }
}
