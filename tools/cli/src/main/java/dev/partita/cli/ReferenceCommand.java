package dev.partita.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "reference", hidden = true, description = "Print docs/reference.md.")
final class ReferenceCommand implements Callable<Integer> {

  private final Context context;

  @Spec private CommandSpec spec = CommandSpec.create();

  ReferenceCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    context.out().print(ReferencePage.of(spec.root()));
    return ExitCode.DONE;
  }
}
