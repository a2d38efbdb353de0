package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.Target;
import dev.partita.estimate.Estimates;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Flag;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The options of a run as the model remembers them: each that is recorded and has a value, given or
 * by default; flags where they differ from their default. The same result has the same bytes.
 */
final class OptionsText {

  private final StringJoiner text = new StringJoiner(" ");
  private final Options options;

  /** What options that leave it to the target and to the data come to. */
  private final ImmutableMap<Parameter<?>, Object> resolved;

  private OptionsText(Options options, Target target) {
    this.options = options;
    this.resolved =
        ImmutableMap.of(
            TargetOptions.ACCELERATORS, (long) target.accelerators(),
            TargetOptions.TARGET, target.name(),
            TargetOptions.DRAM, Estimates.sharing(options, target),
            SelectionOptions.EXCLUDE, excluded(options),
            RepairOptions.REPAIR, options.effectiveRepair());
  }

  private static ImmutableList<String> excluded(Options options) {
    return ImmutableList.<String>builder()
        .addAll(options.selection().exclude())
        .addAll(options.selection().leftAlone().values())
        .build();
  }

  static String of(Options options, Target target) {
    OptionsText writer = new OptionsText(options, target);
    OptionGroup.all().stream().filter(Parameter::recorded).forEach(writer::add);
    return writer.text.toString();
  }

  private <T> void add(Parameter<T> parameter) {
    T value = value(parameter);
    if (value == null) {
      return;
    }
    if (parameter.type() instanceof Flag) {
      if (!value.equals(parameter.defaultValue())) {
        text.add((value.equals(true) ? "--" : "--no-") + parameter.name());
      }
      return;
    }
    parameter.type().parts(value).forEach(part -> text.add("--" + parameter.name() + " " + part));
  }

  @SuppressWarnings("unchecked") // Each is of the type of its parameter.
  private <T> @Nullable T value(Parameter<T> parameter) {
    Object known = resolved.get(parameter);
    return known == null ? options.get(parameter) : (T) known;
  }
}
