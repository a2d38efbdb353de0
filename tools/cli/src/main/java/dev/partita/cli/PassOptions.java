package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import dev.partita.options.OptionGroup;
import dev.partita.options.Options;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Options made from the descriptions of parameters: names, synopses, values, ranges, defaults and
 * help. Put into a command as a mixin.
 */
final class PassOptions {

  /** What a parameter is called on the command line where that is not its own name. */
  private static final ImmutableMap<String, ImmutableList<String>> NAMES =
      ImmutableMap.of(
          "accelerators", ImmutableList.of("-p", "--accelerators"),
          "gate-output", ImmutableList.of("--output"));

  private final ImmutableList<Made> options;

  PassOptions(OptionGroup... groups) {
    this(Arrays.stream(groups).flatMap(group -> group.parameters().stream()).toList());
  }

  /** Of single parameters. */
  PassOptions(List<Parameter<?>> parameters) {
    options = parameters.stream().map(PassOptions::made).collect(ImmutableList.toImmutableList());
  }

  /** Called by picocli with what becomes part of a command. */
  @Spec
  void addTo(CommandSpec spec) {
    options.forEach(made -> spec.addOption(made.option()));
  }

  /** What the options were made from. */
  ImmutableList<Parameter<?>> parameters() {
    return ImmutableList.copyOf(Lists.transform(options, Made::parameter));
  }

  /** What was made from the parameters. */
  ImmutableList<OptionSpec> options() {
    return ImmutableList.copyOf(Lists.transform(options, Made::option));
  }

  /** Whether any of them was given on the command line. */
  boolean given() {
    return options.stream().anyMatch(Made::given);
  }

  /** Sets what was given on the command line; the rest stays. */
  void applyTo(Options.Builder builder) {
    Arguments arguments = Arguments.of(parameters());
    for (Made made : options) {
      arguments = made.addTo(arguments);
    }
    builder.set(arguments);
  }

  /**
   * The option of a parameter, by which its value can be set; a flag that is on is switched off.
   */
  static ImmutableList<String> names(Parameter<?> parameter) {
    String own = (isOn(parameter) ? "--no-" : "--") + parameter.name();
    return NAMES.getOrDefault(parameter.name(), ImmutableList.of(own));
  }

  private static boolean isOn(Parameter<?> parameter) {
    return Boolean.TRUE.equals(parameter.defaultValue());
  }

  private static Made made(Parameter<?> parameter) {
    return new Made(parameter, option(parameter));
  }

  private static OptionSpec option(Parameter<?> parameter) {
    OptionSpec.Builder option =
        OptionSpec.builder(names(parameter).toArray(String[]::new))
            .description(description(parameter));
    ParameterType<?> type = parameter.type();
    if (type instanceof ParameterType.Flag) {
      return option.type(boolean.class).build();
    }
    option.paramLabel(type.label());
    // Texts are checked while picocli knows which option is at fault, and read once all are
    // there.
    ITypeConverter<String> checked = text -> checked(type, text);
    return (type.repeatable() ? option.type(List.class) : option.type(String.class))
        .converters(checked)
        .build();
  }

  /** The value of a text, or the refusal that picocli prints behind the name of the option. */
  static <T> T converted(ParameterType<T> type, String text) {
    try {
      return type.parse(text);
    } catch (IllegalArgumentException failure) {
      throw new TypeConversionException("it " + failure.getMessage());
    }
  }

  private static String checked(ParameterType<?> type, String text) {
    converted(type, text);
    return text;
  }

  private static String description(Parameter<?> parameter) {
    String text = parameter.description();
    if (!(parameter.type() instanceof ParameterType.Flag)) {
      text = parameter.sentence();
    } else if (isOn(parameter)) {
      text = text.substring(0, text.length() - 1) + "; this option switches it off.";
    }
    return text.replace("%", "%%");
  }

  /** A parameter and the option that was made from it. */
  private record Made(Parameter<?> parameter, OptionSpec option) {

    boolean given() {
      Object read = option.getValue();
      return read != null && !read.equals(false);
    }

    /** Null, a text, texts, or whether a flag was given, as the type of the option is. */
    Arguments addTo(Arguments arguments) {
      Object read = option.getValue();
      if (read instanceof Boolean given) {
        return given ? arguments.with(parameter.name(), "" + !isOn(parameter)) : arguments;
      }
      Arguments more = arguments;
      List<?> texts = read instanceof List<?> several ? several : Collections.singletonList(read);
      for (Object text : texts) {
        more = text == null ? more : more.with(parameter.name(), text.toString());
      }
      return more;
    }
  }
}
