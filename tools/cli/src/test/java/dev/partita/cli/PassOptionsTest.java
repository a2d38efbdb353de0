package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.commands.OptimizePass;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options against the descriptions that hosts see. */
class PassOptionsTest extends CommandLineTest {

  /** What the command line has beside the pass: files, searches, shards, and how it speaks. */
  private static final ImmutableSet<String> NO_PARAMETERS =
      ImmutableSet.of(
          "-o",
          "--search",
          "--budget",
          "--shards",
          "--layout",
          "--dry-run",
          "--overwrite",
          "--json",
          "--report",
          "--sidecar",
          "--fail-if-unchanged",
          "--quiet",
          "--debug",
          "--help",
          "--version");

  private static final ImmutableList<Parameter<?>> PARAMETERS = new OptimizePass().parameters();

  @ParameterizedTest
  @ValueSource(strings = {"optimize", "search"})
  void optionsAreThoseOfThePass(String command) {
    assertThat(drift(spec(command), PARAMETERS)).isEmpty();
  }

  @Test
  void noticesWhatDoesNotFit() {
    CommandSpec spec = spec("optimize");
    List<Parameter<?>> renamed = new ArrayList<>(PARAMETERS);
    renamed.set(indexOf("seed"), Parameter.optional("dice", new ParameterType.Text("N"), "It."));
    assertThat(drift(spec, renamed))
        .containsExactlyInAnyOrder("dice has no option", "--seed is no parameter");

    List<Parameter<?>> changed = new ArrayList<>(PARAMETERS);
    ParameterType.WholeNumber count = new ParameterType.WholeNumber("N", 1, 9);
    changed.set(indexOf("min-block"), Parameter.of("min-block", count, 8L, "Another."));
    changed.set(
        indexOf("soften"),
        Parameter.of(
            "soften",
            new ParameterType.Choice<>(Engine.LastLayer.class),
            Engine.LastLayer.CUT,
            "Another."));
    assertThat(drift(spec, changed))
        .containsExactlyInAnyOrder(
            "--min-block does not say 'Another (default: 8).'",
            "--soften does not say 'Another (default: cut).'",
            "--soften has values auto|none, not whole|cut");
  }

  private static int indexOf(String name) {
    return PARAMETERS.stream().map(Parameter::name).toList().indexOf(name);
  }

  private static CommandSpec spec(String command) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    Context context =
        new Context(new CannedEngine(), InputStream.nullInputStream(), nowhere, nowhere, false);
    CommandLine commands =
        PartitaCommand.create(
            context,
            new Failures(nowhere, TerminalStyle.of(false, java.util.Map.of())),
            new String[0]);
    return commands.getSubcommands().get(command).getCommandSpec();
  }

  /** How the options of a command differ from parameters, a sentence each. */
  private static List<String> drift(CommandSpec command, List<Parameter<?>> parameters) {
    List<String> found = new ArrayList<>();
    Set<OptionSpec> known = new HashSet<>();
    for (Parameter<?> parameter : parameters) {
      ImmutableList<String> names = PassOptions.names(parameter);
      String name = names.get(names.size() - 1);
      OptionSpec option = command.findOption(name);
      if (option == null) {
        found.add(parameter.name() + " has no option");
        continue;
      }
      known.add(option);
      if (parameter.type() instanceof ParameterType.Flag) {
        continue;
      }
      String label = parameter.type().label();
      if (!option.paramLabel().equals(label)) {
        found.add(name + " has values " + option.paramLabel() + ", not " + label);
      }
      if (!String.join(" ", option.description()).equals(parameter.sentence())) {
        found.add(name + " does not say '" + parameter.sentence() + "'");
      }
    }
    for (OptionSpec option : command.options()) {
      if (!known.contains(option)
          && Arrays.stream(option.names()).noneMatch(NO_PARAMETERS::contains)) {
        found.add(option.longestName() + " is no parameter");
      }
    }
    return found;
  }

  @Test
  void listsPassesForPeopleAndForPrograms() {
    Result listed = run("passes");
    assertThat(listed.code()).as(listed.err()).isEqualTo(ExitCode.DONE);
    assertThat(listed.out()).startsWith("optimize: Cut ").contains("  min-block N\n");
    assertThat(run("passes", "--json", "-").out())
        .contains("\"name\" : \"max-accuracy-drop\"")
        .contains("\"values\" : [");
  }
}
