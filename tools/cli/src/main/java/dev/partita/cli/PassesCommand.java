package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonPasses;
import dev.partita.spi.ModelPass;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "passes",
    description =
        "List the passes available to hosts, with their parameters: types, ranges and "
            + "defaults.",
    footerHeading = "Examples:%n",
    footer = {"  partita passes", "  partita passes --json passes.json"})
final class PassesCommand implements Callable<Integer> {

  private final Context context;

  @Mixin private ResultOptions results = new ResultOptions();

  PassesCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    ImmutableList<ModelPass> passes = ImmutableList.copyOf(ServiceLoader.load(ModelPass.class));
    results.check(ImmutableList.of());
    results.deliver(context.out(), () -> ConsoleTable.of(passes), () -> JsonPasses.of(passes));
    return ExitCode.DONE;
  }
}
