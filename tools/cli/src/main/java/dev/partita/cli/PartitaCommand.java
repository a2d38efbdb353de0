package dev.partita.cli;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.Version;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command itself: it does nothing without one of its subcommands. */
@Command(
    name = "partita",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = PartitaCommand.VersionText.class,
    usageHelpWidth = 100,
    description =
        "Prunes the dense layers of ONNX models into one block per accelerator, "
            + "repairs and checks the result, and estimates the savings.",
    footerHeading = "Examples:%n",
    footer = {
      "  partita demo -o demo",
      "  partita inspect in.onnx",
      "  partita optimize in.onnx -o out.onnx --calibration data.npz",
      "'partita COMMAND --help' has more."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:done, also when nothing qualified",
      "1:internal error, or a result that could not be written",
      "2:usage",
      "3:input that cannot be read or is not supported",
      "4:the accuracy condition failed, nothing was written",
      "5:nothing qualified, with --fail-if-unchanged",
      "130:interrupted, nothing was written",
      "141:the reader of standard output has gone"
    })
final class PartitaCommand implements Runnable {

  /** Commands that say something of all the others. */
  private static final ImmutableSet<String> OF_ALL =
      ImmutableSet.of("completion", "reference", "schema");

  /** The subcommands by their names, in the order in which help lists them. */
  private static final ImmutableMap<String, Function<Context, Object>> COMMANDS =
      ImmutableMap.<String, Function<Context, Object>>builder()
          .put("optimize", OptimizeCommand::new)
          .put("search", SearchCommand::new)
          .put("masks", MasksCommand::new)
          .put("annotate", AnnotateCommand::new)
          .put("inspect", InspectCommand::new)
          .put("estimate", EstimateCommand::new)
          .put("verify", VerifyCommand::new)
          .put("bench", BenchCommand::new)
          .put("shard", ShardCommand::new)
          .put("run", RunCommand::new)
          .put("targets", TargetsCommand::new)
          .put("passes", PassesCommand::new)
          .put("demo", DemoCommand::new)
          .put("completion", CompletionCommand::new)
          .put("reference", ReferenceCommand::new)
          .put("schema", SchemaCommand::new)
          .buildOrThrow();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Failures failures;

  private PartitaCommand(Failures failures) {
    this.failures = failures;
  }

  /**
   * The command line, with all subcommands or with the one that the arguments begin with. picocli
   * reads the annotations of every command that it is given, which takes longer than inspecting a
   * small model does.
   */
  static CommandLine create(Context context, Failures failures, String[] args) {
    CommandLine partita = new CommandLine(new PartitaCommand(failures));
    // A name that begins with @ is a name, also where a file of arguments would be next to it.
    partita.setExpandAtFiles(false);
    String first = args.length == 0 ? "" : args[0];
    Function<Context, Object> named = COMMANDS.get(first);
    if (named != null && !OF_ALL.contains(first)) {
      partita.addSubcommand(named.apply(context));
    } else {
      COMMANDS.values().forEach(command -> partita.addSubcommand(command.apply(context)));
    }
    // Whether standard output is a terminal is not known here.
    return partita.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
  }

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  void debug(boolean asked) {
    // picocli also hands over the initial value.
    if (asked) {
      failures.printStackTraces();
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "No command was given.");
  }

  static final class VersionText implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"partita " + Version.current()};
    }
  }
}
