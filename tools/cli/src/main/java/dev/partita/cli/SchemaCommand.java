package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.report.JsonSchema;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "schema",
    hidden = true,
    description = "Print the options of commands and the fields of reports, for code generation.")
final class SchemaCommand implements Callable<Integer> {

  /** What callers of a function have other means for. */
  private static final ImmutableSet<String> OF_THE_TERMINAL =
      ImmutableSet.of("-o", "--quiet", "--fail-if-unchanged", "--help", "--version", "--debug");

  private static final ImmutableSet<String> DATA = ImmutableSet.of("DATA");

  private final Context context;

  @Spec private CommandSpec spec = CommandSpec.create();

  SchemaCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    ImmutableMap.Builder<String, ImmutableList<Parameter<?>>> commands = ImmutableMap.builder();
    for (CommandLine command : spec.root().subcommands().values()) {
      if (!command.getCommandSpec().usageMessage().hidden()) {
        commands.put(command.getCommandName(), parameters(command.getCommandSpec()));
      }
    }
    context.out().print(JsonSchema.of(commands.buildOrThrow()));
    return ExitCode.DONE;
  }

  /** Those of the pass, then the command's own in the order of their declaration. */
  static ImmutableList<Parameter<?>> parameters(CommandSpec command) {
    ImmutableList.Builder<Parameter<?>> parameters = ImmutableList.builder();
    ImmutableSet.Builder<OptionSpec> known = ImmutableSet.builder();
    for (CommandSpec mixin : command.mixins().values()) {
      if (mixin.userObject() instanceof PassOptions pass) {
        parameters.addAll(pass.parameters());
        known.addAll(pass.options());
      }
    }
    ImmutableSet<String> names =
        known.build().stream().map(OptionSpec::longestName).collect(ImmutableSet.toImmutableSet());
    command.options().stream()
        .filter(option -> !names.contains(option.longestName()))
        .filter(option -> !OF_THE_TERMINAL.contains(option.longestName()))
        .map(SchemaCommand::parameter)
        .forEach(parameters::add);
    return parameters.build();
  }

  private static Parameter<?> parameter(OptionSpec option) {
    String name = option.names()[0].replaceFirst("^--?", "");
    String description = String.join(" ", option.description()).replace("%%", "%");
    return Parameter.optional(name, type(option), description);
  }

  private static ParameterType<?> type(OptionSpec option) {
    Class<?> type = option.type();
    if (type == boolean.class) {
      return new ParameterType.Flag();
    }
    if (type.isEnum()) {
      return choice(type);
    }
    if (type == Duration.class) {
      return new ParameterType.TimeSpan();
    }
    if (Map.class.isAssignableFrom(type)) {
      return new ParameterType.Entries<>("NAME", ParameterType.WholeNumber.count());
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return new ParameterType.WholeNumber("N", Long.MIN_VALUE, Long.MAX_VALUE);
    }
    if (DATA.contains(option.paramLabel())) {
      return new ParameterType.Data();
    }
    return new ParameterType.Text(type == Path.class ? "FILE" : option.paramLabel());
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // No other way from a class to its constants.
  private static ParameterType<?> choice(Class<?> type) {
    return new ParameterType.Choice<>((Class) type);
  }
}
