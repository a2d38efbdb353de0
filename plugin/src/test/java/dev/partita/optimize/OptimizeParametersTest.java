package dev.partita.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.partita.UsageException;
import dev.partita.optimize.OptimizeParameters.Group;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.verify.OutputMetric;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OptimizeParametersTest {

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
          .put("gate-output", "logits")
          .put("gate", "false")
          .put("fold", "true")
          .put("inline-functions", "true")
          .put("include", "/a/*")
          .put("exclude", "/b/*")
          .put("min-block", "2")
          .buildOrThrow();

  /** They make one measure together, and have tests of their own. */
  private static final ImmutableSet<String> OF_THE_METRIC =
      ImmutableSet.of("metric", "max-metric-drop", "metric-name", "metric-timeout");

  /** What a caller says beside the parameters. */
  private static final ImmutableSet<String> OF_THE_CALL =
      ImmutableSet.of("overwrite", "dryRun", "illustrations", "metric", "leftAlone");

  private static final OptimizeOptions DEFAULTS = OptimizeOptions.builder().build();

  @Test
  void defaultsAreTheBuilders() {
    for (Parameter<?> parameter : OptimizeParameters.all()) {
      Object holds = OptimizeParameters.value(parameter, DEFAULTS);
      if (parameter.defaultValue() == null) {
        boolean nothing = holds == null || holds.equals(ImmutableList.of()) || isEmptyMap(holds);
        // Known only when a run begins.
        assertThat(nothing || parameter.name().equals("threads")).as(parameter.name()).isTrue();
      } else if (!parameter.name().equals("metric")) {
        assertThat(holds).as(parameter.name()).isEqualTo(parameter.defaultValue());
      }
    }
  }

  private static boolean isEmptyMap(Object value) {
    return value.equals(ImmutableMap.of());
  }

  @Test
  void eachParameterChangesItsOptionAndNoOther() {
    Set<String> tried =
        Sets.union(OTHER_VALUES.keySet(), OF_THE_METRIC).stream().collect(Collectors.toSet());
    assertThat(OptimizeParameters.all()).extracting(Parameter::name).containsAll(tried);
    assertThat(tried).hasSameSizeAs(OptimizeParameters.all());
    OTHER_VALUES.forEach(
        (name, text) -> {
          Parameter<?> changed = parameter(name);
          OptimizeOptions options = applied(name, text);
          Object holds = Objects.requireNonNull(OptimizeParameters.value(changed, options));
          assertThat(holds).as(name).isEqualTo(changed.parse(text));
          assertThat(holds).as(name).isNotEqualTo(OptimizeParameters.value(changed, DEFAULTS));
          for (Parameter<?> other : OptimizeParameters.all()) {
            if (!other.equals(changed) && !expected(name, other.name())) {
              assertThat(OptimizeParameters.value(other, options))
                  .as("%s, when %s is given", other.name(), name)
                  .isEqualTo(OptimizeParameters.value(other, DEFAULTS));
            }
          }
        });
  }

  // Bridges are refused where nothing is repaired.
  private static boolean expected(String given, String other) {
    return given.equals("bridge-rank") && other.equals("calibration");
  }

  private static OptimizeOptions applied(String name, String text) {
    OptimizeOptionsBuilder builder = OptimizeOptions.builder();
    if (name.equals("bridge-rank")) {
      builder.calibration("c.npz");
    }
    OptimizeParameters.apply(Arguments.of(OptimizeParameters.all()).with(name, text), builder);
    return builder.build();
  }

  private static Parameter<?> parameter(String name) {
    return OptimizeParameters.all().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyOptionOfARunHasAParameter() {
    long options =
        Arrays.stream(OptimizeOptions.class.getRecordComponents())
            .map(RecordComponent::getName)
            .filter(name -> !OF_THE_CALL.contains(name))
            .count();
    // Of the metric, its limit alone is an option by itself.
    assertThat(OptimizeParameters.all()).hasSize((int) options + OF_THE_METRIC.size() - 1);
  }

  @Test
  void namesAreThereOnceAndInAGroup() {
    ImmutableSet.Builder<Parameter<?>> grouped = ImmutableSet.builder();
    for (Group group : Group.values()) {
      grouped.addAll(group.parameters());
    }
    assertThat(grouped.build()).containsExactlyInAnyOrderElementsOf(OptimizeParameters.all());
    assertThat(OptimizeParameters.all()).extracting(Parameter::name).doesNotHaveDuplicates();
  }

  @Test
  void theParametersOfTheMetricMakeOne() {
    Arguments arguments =
        Arguments.of(OptimizeParameters.all())
            .with("metric", "sh score.sh")
            .with("max-metric-drop", "2")
            .with("metric-name", "bleu")
            .with("metric-timeout", "90s");
    OptimizeOptionsBuilder builder = OptimizeOptions.builder();
    OptimizeParameters.apply(arguments, builder);
    OptimizeOptions options = builder.build();
    OutputMetric expected = CommandMetric.of("bleu", "sh score.sh", Duration.ofSeconds(90));
    assertThat(options.metric()).isEqualTo(expected);
    assertThat(options.maxMetricDrop()).isEqualTo(2);
  }

  @Test
  void aValueOutOfRangeIsRefusedByItsName() {
    assertThatThrownBy(() -> OptimizeOptions.builder().minBlock(0).build())
        .isInstanceOf(UsageException.class)
        .hasMessage("The value of min-block has to be at least 1, but is 0.");
  }
}
