package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.report.ConsoleTable;
import dev.partita.runtime.ManifestWriter;
import dev.partita.runtime.ShardManifest;
import dev.partita.shard.ShardLayout;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "shard",
    description = "Split a rewritten model into models for each accelerator and for the rest.",
    footerHeading = "Examples:%n",
    footer = "  partita shard optimized.onnx -o shards")
final class ShardCommand implements Callable<Integer> {

  private final Context context;

  @Parameters(
      paramLabel = "OPTIMIZED.onnx",
      description = "The model that partita optimize wrote; - for standard input.")
  private String input = "";

  @Option(names = "-o", required = true, paramLabel = "FOLDER", description = "The folder to make.")
  private Path folder = Path.of("");

  @Option(
      names = "--layout",
      paramLabel = "folder|triton",
      converter = Converters.OfLayout.class,
      description =
          "One folder per shard, or a model repository for Triton (default: folder). "
              + "partita run accepts both.")
  private ShardLayout layout = ShardLayout.FOLDER;

  @Mixin private ResultOptions results = new ResultOptions();

  ShardCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (folder.toString().isEmpty()) {
      throw new UsageException("No folder was given.", "Pass -o FOLDER.");
    }
    try (StandardStreams streams = new StandardStreams(context)) {
      Path source = streams.input(input);
      results.check(ImmutableList.of(source));
      ShardManifest manifest = context.engine().shard(source, folder, layout, results.overwrite());
      results.deliver(
          context.out(), () -> ConsoleTable.of(manifest), () -> ManifestWriter.text(manifest));
      return ExitCode.DONE;
    }
  }
}
