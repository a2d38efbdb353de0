package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.measure.BenchOptions;
import dev.partita.measure.BenchReport;
import dev.partita.measure.BenchReport.Kind;
import dev.partita.measure.BenchReport.LayerTime;
import dev.partita.measure.BenchReport.Subject;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.MasksReport.LayerMask;
import dev.partita.report.schema.MasksReport.Orientation;
import dev.partita.report.schema.MasksReport.RegionMasks;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.OptimizationReport.RunInfo;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import dev.partita.report.schema.SearchReport;
import dev.partita.run.GateFailedException;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.StoredFile;
import dev.partita.runtime.ShardedRun;
import dev.partita.runtime.Tensor;
import dev.partita.shard.ShardLayout;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An engine that copies its input, answers the same every time, and remembers what it was asked.
 */
final class CannedEngine implements Engine {

  Outcome outcome = Outcome.OPTIMIZED;
  @Nullable RuntimeException failure;
  @Nullable Path input;
  @Nullable Options options;
  @Nullable LayerChain chain;
  @Nullable Duration budget;
  @Nullable ShardLayout layout;
  @Nullable Path shards;
  @Nullable Path sidecar;
  @Nullable RunRequest request;
  @Nullable BenchOptions bench;
  ImmutableList<SearchReport.Point> points = ImmutableList.of();

  @Override
  public OptimizationReport optimize(
      Path source, @Nullable Path output, Options asked, ProgressListener progress) {
    remember(source, asked);
    progress.stageStarted("read");
    progress.stageFinished("read");
    OptimizationReport report = report(source, output);
    if (outcome == Outcome.REJECTED) {
      throw new GateFailedException(
          "The accuracy drop is 0.02, but 0.01 is allowed.", "Loosen the limit.", report);
    }
    if (output != null && !asked.output().dryRun()) {
      try {
        Files.copy(source, output, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException exception) {
        throw new UncheckedIOException("cannot copy", exception);
      }
    }
    return report;
  }

  private OptimizationReport report(Path source, @Nullable Path output) {
    OutputInfo written =
        new OutputInfo(
            output == null ? null : output.toString(),
            null,
            null,
            10,
            25,
            null,
            ImmutableSortedMap.of());
    return new OptimizationReport(
        "0.1.0",
        1,
        outcome,
        ImmutableList.of(),
        info(source),
        outcome == Outcome.REJECTED ? null : written,
        target(),
        ImmutableList.of(),
        null,
        ImmutableList.of(),
        ImmutableList.of(),
        null,
        new RunInfo(ImmutableList.of(), 0, 1));
  }

  @Override
  public SearchReport search(Path source, Options asked, Duration time, ProgressListener progress) {
    remember(source, asked);
    budget = time;
    return new SearchReport(info(source), target(), points, true, ImmutableList.of());
  }

  @Override
  public MasksReport masks(Path source, Path output, Options asked, ProgressListener progress) {
    remember(source, asked);
    try {
      Files.writeString(output, "masks");
    } catch (IOException exception) {
      throw new UncheckedIOException("cannot write", exception);
    }
    return new MasksReport(
        info(source),
        4,
        asked.planning().strategy(),
        asked.planning().seed(),
        ImmutableList.of(
            new RegionMasks(
                "r0",
                0.5,
                ImmutableList.of(),
                ImmutableList.of(
                    new LayerMask(
                        "fc",
                        "Gemm",
                        "r0",
                        "fc.weight",
                        null,
                        ImmutableList.of(8L, 4L),
                        Orientation.OUT_IN,
                        4,
                        8,
                        0,
                        1,
                        "fc.weight",
                        8)))),
        ImmutableList.of(),
        ImmutableList.of());
  }

  @Override
  public AnnotateReport annotate(Path source, Path output, @Nullable Path beside, Options asked) {
    remember(source, asked);
    sidecar = beside;
    try {
      Files.copy(source, output, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException exception) {
      throw new UncheckedIOException("cannot copy", exception);
    }
    return new AnnotateReport(
        info(source),
        new OutputInfo(output.toString(), null, null, 10, 25, null, ImmutableSortedMap.of()),
        AnnotateReport.Source.SIDECAR,
        null,
        3,
        1,
        ImmutableList.of(
            new OptimizationReport.SkippedNode("gone/branch0", "", "NOT_THERE", "no node has it")));
  }

  @Override
  public InspectReport inspect(Path source, Options asked) {
    remember(source, asked);
    return new InspectReport(
        info(source), 4, ImmutableList.of(), ImmutableList.of(), ImmutableList.of());
  }

  @Override
  public EstimateReport estimate(Path source, Options asked) {
    remember(source, asked);
    return estimation(source.toString());
  }

  @Override
  public EstimateReport estimate(LayerChain asked, Options assumed) {
    chain = asked;
    options = assumed;
    return estimation("chain");
  }

  @Override
  public Accuracy verify(Path before, Path after, Options asked, ProgressListener progress) {
    remember(before, asked);
    boolean passed = outcome != Outcome.REJECTED;
    return new Accuracy(
        "random",
        8,
        false,
        ImmutableList.of(),
        ImmutableList.of(new GateResult("agreement", "logits", 0.95, 0.9, 0.01, passed)),
        ImmutableList.of());
  }

  @Override
  public ShardManifest shard(Path rewritten, Path folder, ShardLayout asked, boolean overwrite) {
    remember(rewritten, Options.builder().set(OutputOptions.OVERWRITE, overwrite).build());
    layout = asked;
    shards = folder;
    return manifest();
  }

  private static ShardManifest manifest() {
    StoredFile file = new StoredFile("accelerator_0/stage_0.onnx", "00", 12_345);
    Stage stage =
        new Stage(
            "accelerator_0/stage_0",
            0,
            ImmutableList.of("r0"),
            ImmutableList.of(file),
            ImmutableList.of(),
            ImmutableList.of());
    return new ShardManifest(
        "0.1.0",
        "00",
        1,
        ImmutableList.of(),
        ImmutableList.of(),
        ImmutableList.of(
            new Shard(
                "accelerator_0", 0, "accelerator_0", "=accelerator_0", ImmutableList.of(stage))));
  }

  @Override
  public ShardedRun.Result run(RunRequest asked) {
    remember(asked.folder(), Options.builder().build());
    request = asked;
    Tensor part = Tensor.of(new float[6], 2, 3);
    return new ShardedRun.Result(4, "random", ImmutableListMultimap.of("y", part, "y", part));
  }

  @Override
  public BenchReport bench(ImmutableList<Path> subjects, BenchOptions asked, Options estimates) {
    remember(subjects.get(0), estimates);
    bench = asked;
    return new BenchReport(
        "random",
        1,
        2,
        3,
        ImmutableList.of(new Subject("a.onnx", Kind.MODEL, 1, 20, 19, 22, 18, 1)),
        ImmutableList.of(new LayerTime("fc", 1, 8, 4, 128, null, 5)),
        ImmutableList.of());
  }

  @Override
  public ImmutableList<TargetSummary> targets() {
    return ImmutableList.of(
        new TargetSummary("single", 1, "One of them."), new TargetSummary("tetris-3d", 4, "Four."));
  }

  @Override
  public String targetYaml(String target, ImmutableMap<String, String> overrides) {
    return "name: " + target + "\noverrides: " + overrides;
  }

  @Override
  public String calibrate(@Nullable Path rewritten) {
    input = rewritten;
    return "name: this-machine\n";
  }

  @Override
  public DemoFiles demoFiles(Path folder) {
    try {
      Files.createDirectories(folder);
      return new DemoFiles(
          Files.writeString(folder.resolve("demo.onnx"), "model"),
          folder.resolve("calibration.npz"),
          folder.resolve("validation.npz"));
    } catch (IOException exception) {
      throw new UncheckedIOException("cannot unpack", exception);
    }
  }

  private void remember(Path source, Options asked) {
    if (failure != null) {
      throw failure;
    }
    input = source;
    options = asked;
  }

  private static InputInfo info(Path source) {
    return new InputInfo(source.toString(), "00", 100, 8, 17, 100, ImmutableSortedMap.of(), null);
  }

  private static TargetInfo target() {
    return new TargetInfo("tetris-3d", 4, DramSharing.PRIVATE, ImmutableSortedMap.of(), 16);
  }

  private static EstimateReport estimation(String subject) {
    return new EstimateReport(
        subject, target(), ImmutableList.of(), null, ImmutableList.of(), ImmutableList.of());
  }
}
