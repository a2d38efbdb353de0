package dev.partita.cli;

import dev.partita.commands.OptimizePass;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The reference as a page in Markdown: commands, the parameters of the pass, exit codes. */
final class ReferencePage {

  private static final List<String> COMMON = List.of("--help", "--version", "--debug");

  private final StringBuilder page = new StringBuilder();

  private ReferencePage() {}

  /** The page for a command and all of its subcommands that are not hidden. */
  static String of(CommandSpec root) {
    return new ReferencePage().write(root);
  }

  private String write(CommandSpec root) {
    line("# Reference");
    line("");
    line("All commands with their options, the parameters of the pass, and the exit " + "codes.");
    line("`./partita reference > docs/reference.md` writes this page from the code.");
    line("");
    line("Every command also has:");
    line("");
    options(root.options().stream().filter(ReferencePage::isCommon).toList());
    root.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .filter(command -> !command.usageMessage().hidden())
        .forEach(this::command);
    pass(new OptimizePass());
    line("");
    line("## Exit codes");
    line("");
    line("| code | meaning |");
    line("|---|---|");
    root.usageMessage()
        .exitCodeList()
        .forEach((code, meaning) -> line("| " + code.strip() + " | " + meaning + " |"));
    return page.toString();
  }

  private static boolean isCommon(OptionSpec option) {
    return COMMON.contains(option.longestName());
  }

  private void command(CommandSpec command) {
    line("");
    line("## partita " + command.name());
    line("");
    line(text(command.usageMessage().description()));
    line("");
    for (String example : command.usageMessage().footer()) {
      line("    " + example.strip());
    }
    line("");
    List<OptionSpec> options =
        command.options().stream().filter(option -> !isCommon(option)).toList();
    if (!command.positionalParameters().isEmpty()) {
      line("| argument | |");
      line("|---|---|");
      for (PositionalParamSpec argument : command.positionalParameters()) {
        line(
            "| `"
                + cell(argument.paramLabel())
                + "` | "
                + cell(text(argument.description()))
                + " |");
      }
    }
    if (!options.isEmpty()) {
      if (!command.positionalParameters().isEmpty()) {
        line("");
      }
      options(options);
    }
  }

  private void options(List<OptionSpec> options) {
    line("| option | |");
    line("|---|---|");
    options.stream()
        .sorted((a, b) -> a.longestName().compareTo(b.longestName()))
        .forEach(
            option ->
                line(
                    "| `"
                        + cell(synopsis(option))
                        + "` | "
                        + cell(text(option.description()))
                        + " |"));
  }

  private static String synopsis(OptionSpec option) {
    String names = Arrays.stream(option.names()).collect(Collectors.joining(", "));
    return option.arity().max() == 0 ? names : names + " " + option.paramLabel();
  }

  private void pass(OptimizePass pass) {
    line("");
    line("## The pass " + pass.name());
    line("");
    line(
        "Java hosts find the pass through `ServiceLoader` as a "
            + "`dev.partita.spi.ModelPass`. `partita passes --json -` describes it for other "
            + "hosts. In Python and Olive, hyphens become underscores.");
    line("");
    line("| parameter | values | default | |");
    line("|---|---|---|---|");
    for (Parameter<?> parameter : pass.parameters()) {
      line(
          "| `%s` | %s | %s | %s |"
              .formatted(
                  parameter.name(),
                  cell(values(parameter.type())),
                  cell(standard(parameter)),
                  cell(parameter.description())));
    }
  }

  private static String values(ParameterType<?> type) {
    String label = "`" + type.label() + "`";
    if (type instanceof ParameterType.WholeNumber range) {
      return label + range(range.minimum(), range.maximum());
    }
    if (type instanceof ParameterType.RealNumber range) {
      return label
          + (Double.isInfinite(range.maximum()) ? ", from 0" : ", 0 to " + range.maximum());
    }
    return type.repeatable() ? label + ", any number" : label;
  }

  private static String range(long minimum, long maximum) {
    if (minimum == Long.MIN_VALUE) {
      return "";
    }
    return maximum >= Integer.MAX_VALUE ? ", from " + minimum : ", " + minimum + " to " + maximum;
  }

  private static <T> String standard(Parameter<T> parameter) {
    if (parameter.defaultValue() != null) {
      return "`" + parameter.type().text(parameter.defaultValue()) + "`";
    }
    return parameter.derivedDefault() == null ? "none" : parameter.derivedDefault();
  }

  private static String text(String[] description) {
    return String.join(" ", description).replace("%%", "%");
  }

  /** Neither ends a cell nor is taken for markup. */
  private static String cell(String text) {
    return text.replace("|", "\\|").replace("*", "\\*");
  }

  private void line(String text) {
    page.append(text).append('\n');
  }
}
