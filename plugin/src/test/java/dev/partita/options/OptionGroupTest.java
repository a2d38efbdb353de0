package dev.partita.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.partita.UsageException;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.verify.CommandMetric;
import dev.partita.verify.OutputMetric;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionGroupTest {

  /** Another value than the default for each parameter, as a text. */
  private static final ImmutableMap<String, String> OTHER_VALUES =
      ImmutableMap.<String, String>builder()
          .put("accelerators", "3")
          .put("target", "eyeriss-65nm")
          .put("set", "clock_mhz=100")
          .put("dim", "batch=7")
          .put("dram", "shared")
          .put("calibration", "c.npz")
          .put("padding-mask", "mask")
          .put("sample-axis", "x=1")
          .put("batch", "4")
          .put("strategy", "contiguous")
          .put("seed", "-9")
          .put("threads", "1000")
          .put("validation", "v.npz")
          .put("repair", "none")
          .put("distill-steps", "5")
          .put("bridge-rank", "6")
          .put("soften", "none")
          .put("ir-version", "keep")
          .put("max-accuracy-drop", "0.5")
          .put("min-agreement", "0.25")
          .put("max-relative-error", "2.5")
          .put("min-explained", "0.5")
          .put("min-cosine", "0.75")
          .put("max-r2-drop", "0.125")
          .put("gate-output", "logits")
          .put("read", "logits=scores@1")
          .put("gate", "false")
          .put("fold", "true")
          .put("inline-functions", "true")
          .put("include", "/a/*")
          .put("exclude", "/b/*")
          .put("min-block", "2")
          .buildOrThrow();

  /** They make one measure together. */
  private static final ImmutableMap<String, String> OF_THE_METRIC =
      ImmutableMap.of(
          "metric", "sh score.sh",
          "max-metric-drop", "2",
          "metric-name", "bleu",
          "metric-timeout", "90s");

  private static final ImmutableList<Class<?>> RECORDS =
      ImmutableList.of(
          TargetOptions.class,
          PlanningOptions.class,
          RepairOptions.class,
          OutputOptions.class,
          GateOptions.class,
          SelectionOptions.class);

  private static ImmutableList<Record> records(Options options) {
    return ImmutableList.of(
        options.target(),
        options.planning(),
        options.repair(),
        options.output(),
        options.gate(),
        options.selection());
  }

  @Test
  void everyDeclaredOptionIsInAGroup() throws IllegalAccessException {
    List<Parameter<?>> declared = new ArrayList<>();
    for (Class<?> holder : RECORDS) {
      for (Field field : holder.getFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == Parameter.class) {
          declared.add((Parameter<?>) field.get(null));
        }
      }
    }
    assertThat(declared)
        .containsExactlyInAnyOrderElementsOf(
            Sets.union(
                ImmutableSet.copyOf(OptionGroup.all()),
                ImmutableSet.copyOf(OutputOptions.OF_THE_CALL)));
    assertThat(declared).extracting(Parameter::name).doesNotHaveDuplicates();
  }

  @Test
  void eachOptionIsReadIntoOneRecord() {
    assertThat(OptionGroup.all())
        .extracting(Parameter::name)
        .containsExactlyInAnyOrderElementsOf(
            Sets.union(OTHER_VALUES.keySet(), OF_THE_METRIC.keySet()));
    OTHER_VALUES.forEach(
        (name, text) -> {
          // Bridges are refused where nothing is repaired.
          Options.Builder builder = Options.builder();
          if (name.equals("bridge-rank")) {
            builder.set(PlanningOptions.CALIBRATION, "c.npz");
          }
          ImmutableList<Record> before = records(builder.build());
          ImmutableList<Record> after =
              records(builder.set(Arguments.of(OptionGroup.all()).with(name, text)).build());
          List<Record> changed = new ArrayList<>(after);
          changed.removeAll(before);
          assertThat(changed).as(name).hasSize(1);
        });
  }

  @Test
  void theParametersOfTheMetricMakeOne() {
    Arguments arguments = Arguments.of(OptionGroup.all());
    for (var entry : OF_THE_METRIC.entrySet()) {
      arguments = arguments.with(entry.getKey(), entry.getValue());
    }
    Options options = Options.builder().set(arguments).build();
    OutputMetric expected = CommandMetric.of("bleu", "sh score.sh", Duration.ofSeconds(90));
    assertThat(options.gate().limits().metric()).isEqualTo(expected);
    assertThat(options.gate().limits().maxMetricDrop()).isEqualTo(2);
  }

  @Test
  void aValueOutOfRangeIsRefusedByItsName() {
    assertThatThrownBy(() -> Options.builder().set(SelectionOptions.MIN_BLOCK, 0).build())
        .isInstanceOf(UsageException.class)
        .hasMessage("The value of min-block must be at least 1, but is 0.");
  }
}
