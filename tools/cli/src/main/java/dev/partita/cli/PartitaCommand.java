package dev.partita.cli;

import dev.partita.Version;
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
        "Cuts the dense layers of ONNX models into one block per accelerator, repairs and checks"
            + " the result, and estimates what it saves.",
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
      "1:internal error",
      "2:usage",
      "3:input that cannot be read or is not supported",
      "4:the accuracy condition failed, nothing was written",
      "5:nothing qualified, with --fail-if-unchanged",
      "130:interrupted, nothing was written"
    })
final class PartitaCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Failures failures;

  private PartitaCommand(Failures failures) {
    this.failures = failures;
  }

  static CommandLine create(Context context, Failures failures) {
    return new CommandLine(new PartitaCommand(failures))
        .addSubcommand(new OptimizeCommand(context))
        .addSubcommand(new SearchCommand(context))
        .addSubcommand(new MasksCommand(context))
        .addSubcommand(new AnnotateCommand(context))
        .addSubcommand(new InspectCommand(context))
        .addSubcommand(new EstimateCommand(context))
        .addSubcommand(new VerifyCommand(context))
        .addSubcommand(new BenchCommand(context))
        .addSubcommand(new ShardCommand(context))
        .addSubcommand(new RunCommand(context))
        .addSubcommand(new TargetsCommand(context))
        .addSubcommand(new PassesCommand(context))
        .addSubcommand(new DemoCommand(context))
        .addSubcommand(new CompletionCommand(context))
        .addSubcommand(new ReferenceCommand(context))
        // Whether standard output is a terminal is not known here.
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
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
    throw new ParameterException(spec.commandLine(), "There is no command.");
  }

  static final class VersionText implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"partita " + Version.current()};
    }
  }
}
