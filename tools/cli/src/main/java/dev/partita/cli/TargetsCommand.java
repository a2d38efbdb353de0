package dev.partita.cli;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.cli.Engine.TargetSummary;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "targets",
    description = "List the bundled targets, or print one as YAML.",
    footerHeading = "Examples:%n",
    footer = {"  partita targets", "  partita targets tetris-3d --set clock_mhz=700 > mine.yaml"})
final class TargetsCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME|FILE",
      description = "The target to print, with the source of each number.")
  private @Nullable String name;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key of the printed target; repeatable.")
  private Map<String, String> overrides = new LinkedHashMap<>();

  @Option(
      names = "--calibrate",
      description =
          "Measure this machine with ONNX Runtime and print it as a target. This takes "
              + "seconds and 1 GiB of temporary files.")
  private boolean calibrate;

  @Option(
      names = "--for",
      paramLabel = "MODEL.onnx",
      description =
          "With --calibrate: give a single bandwidth, for weights of that model's size "
              + "(default: a curve over sizes, which an estimate evaluates at the number of "
              + "bytes that an accelerator reads).")
  private @Nullable Path workingSet;

  @Option(
      names = "-o",
      paramLabel = "FILE.yaml",
      description = "With --calibrate: write the target to a file.")
  private @Nullable Path output;

  @Option(names = "--overwrite", description = "Replace a file that exists.")
  private boolean overwrite;

  TargetsCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (calibrate) {
      return measure();
    }
    if (workingSet != null || output != null || overwrite) {
      throw new UsageException(
          "-o, --for and --overwrite require --calibrate.", "Run partita targets --calibrate.");
    }
    if (name == null && !overrides.isEmpty()) {
      throw new UsageException(
          "--set requires the name of a target.", "Pass a name that partita targets lists.");
    }
    context.out().print(name == null ? list() : yaml(name));
    return ExitCode.DONE;
  }

  private int measure() {
    if (name != null || !overrides.isEmpty()) {
      throw new UsageException(
          "--calibrate measures this machine and accepts no target.", "Omit the name and --set.");
    }
    if (workingSet != null) {
      InputFile.readable(workingSet);
    }
    if (output != null) {
      OutputFile.checkText(
          output,
          workingSet == null ? ImmutableList.of() : ImmutableList.of(workingSet),
          overwrite);
    }
    String yaml = context.engine().calibrate(workingSet);
    if (output == null) {
      context.out().print(yaml);
    } else {
      OutputFile.write(output, yaml);
    }
    return ExitCode.DONE;
  }

  private String yaml(String target) {
    String yaml = context.engine().targetYaml(target, ImmutableMap.copyOf(overrides));
    return yaml.endsWith("\n") ? yaml : yaml + "\n";
  }

  private String list() {
    ImmutableList<TargetSummary> targets = context.engine().targets();
    int width = targets.stream().mapToInt(target -> target.name().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (TargetSummary target : targets) {
      text.append(Strings.padEnd(target.name(), width, ' '))
          .append("  ")
          .append(target.accelerators())
          .append(target.accelerators() == 1 ? " accelerator   " : " accelerators  ")
          .append(target.description())
          .append('\n');
    }
    return text.toString();
  }
}
