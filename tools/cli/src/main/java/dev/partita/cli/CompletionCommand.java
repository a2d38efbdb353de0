package dev.partita.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    description = "Print a script that completes commands and options in a shell.",
    footerHeading = "Examples:%n",
    footer = {
      "  source <(partita completion bash)       in ~/.bashrc",
      "  source <(partita completion zsh)        in ~/.zshrc, after compinit"
    })
final class CompletionCommand implements Callable<Integer> {

  /** The shells that there is a script for. */
  enum Shell {
    BASH,
    ZSH
  }

  private final Context context;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "bash|zsh",
      converter = Converters.OfShell.class,
      description = "The shell.")
  private Shell shell = Shell.BASH;

  CompletionCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    String script = AutoComplete.bash("partita", spec.root().commandLine());
    if (shell == Shell.ZSH) {
      // picocli's script is for both shells, but leaves it to the user to load what zsh needs.
      script = "autoload -U +X bashcompinit && bashcompinit\n" + script;
    }
    context.out().print(script);
    return ExitCode.DONE;
  }
}
