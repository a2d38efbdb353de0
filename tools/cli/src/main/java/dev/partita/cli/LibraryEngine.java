package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UnsupportedInputException;
import dev.partita.UsageException;
import dev.partita.accelerator.Target;
import dev.partita.accelerator.Targets;
import dev.partita.commands.Annotations;
import dev.partita.commands.Estimator;
import dev.partita.commands.Inspector;
import dev.partita.commands.Masks;
import dev.partita.commands.Optimizer;
import dev.partita.commands.Search;
import dev.partita.commands.Verification;
import dev.partita.fixtures.Fixtures;
import dev.partita.measure.Bench;
import dev.partita.measure.BenchOptions;
import dev.partita.measure.BenchReport;
import dev.partita.measure.Calibration;
import dev.partita.measure.LayerBench;
import dev.partita.measure.MachineTarget;
import dev.partita.model.ModelFile;
import dev.partita.options.Options;
import dev.partita.report.JsonReport;
import dev.partita.report.NetronAttachment;
import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.SearchReport;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardOptions;
import dev.partita.runtime.ShardedRun;
import dev.partita.runtime.ShardedSession;
import dev.partita.shard.ShardLayout;
import dev.partita.shard.Sharder;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The library itself. */
public final class LibraryEngine implements Engine {

  @Override
  public OptimizationReport optimize(
      Path input, @Nullable Path output, Options options, ProgressListener progress) {
    return Optimizer.optimize(input, output, options, progress);
  }

  @Override
  public SearchReport search(
      Path input, Options options, Duration budget, ProgressListener progress) {
    return Search.search(input, options, budget, progress);
  }

  @Override
  public MasksReport masks(Path input, Path output, Options options, ProgressListener progress) {
    return Masks.write(input, output, options, JsonReport::description, progress);
  }

  @Override
  public AnnotateReport annotate(Path input, Path output, @Nullable Path sidecar, Options options) {
    return sidecar == null
        ? Annotations.estimate(input, output, options)
        : Annotations.restore(
            input, output, NetronAttachment.read(sidecar), options.output().overwrite());
  }

  @Override
  public InspectReport inspect(Path input, Options options) {
    return Inspector.inspect(input, options);
  }

  @Override
  public EstimateReport estimate(Path input, Options options) {
    return Estimator.model(input, options);
  }

  @Override
  public EstimateReport estimate(LayerChain chain, Options options) {
    return Estimator.chain(
        chain.widths(), chain.rows(), chain.lastLayer() == LastLayer.WHOLE, options);
  }

  @Override
  public Accuracy verify(Path before, Path after, Options options, ProgressListener progress) {
    return Verification.verify(before, after, options, progress);
  }

  @Override
  public ShardManifest shard(Path model, Path folder, ShardLayout layout, boolean overwrite) {
    return Sharder.shard(model, folder, layout, overwrite);
  }

  @Override
  public ShardedRun.Result run(RunRequest request) {
    try (ShardedSession session =
        ShardedSession.open(request.folder(), ShardOptions.onCores(request.threads()))) {
      return ShardedRun.run(
          session,
          request.data(),
          request.seed(),
          request.dims(),
          request.batch(),
          request.output());
    } catch (InterruptedException interrupt) {
      throw interrupted(interrupt);
    }
  }

  @Override
  public BenchReport bench(ImmutableList<Path> subjects, BenchOptions options, Options estimates) {
    try {
      return Bench.run(
          subjects,
          options,
          inputs ->
              LayerBench.of(
                  subjects.get(0),
                  options.threads(),
                  inputs,
                  options.rounds() * options.runs(),
                  estimates));
    } catch (InterruptedException interrupt) {
      throw interrupted(interrupt);
    }
  }

  private static UsageException interrupted(InterruptedException interrupt) {
    Thread.currentThread().interrupt();
    return new UsageException("Interrupted.", "Run it again.", interrupt);
  }

  @Override
  public ImmutableList<TargetSummary> targets() {
    return Targets.names().stream()
        .map(Targets::named)
        .map(target -> new TargetSummary(target.name(), target.accelerators(), describe(target)))
        .collect(ImmutableList.toImmutableList());
  }

  private static String describe(Target target) {
    return String.format(
        "%d x %d multipliers, %s, %d kB buffer, %s bytes/cycle of DRAM, energy in %s",
        target.array().rows(),
        target.array().columns(),
        target.array().dataflow().label(),
        target.buffer().bytes() / 1024,
        target.dram().bytesPerCycle(),
        target.energyUnit().label());
  }

  @Override
  public String targetYaml(String target, ImmutableMap<String, String> overrides) {
    boolean file = target.endsWith(".yaml") || target.endsWith(".yml");
    Target chosen = file ? Targets.read(Path.of(target)) : Targets.named(target);
    for (Map.Entry<String, String> override : overrides.entrySet()) {
      chosen = chosen.withOverride(override.getKey(), override.getValue());
    }
    return chosen.toYaml();
  }

  @Override
  public String calibrate(@Nullable Path model) {
    Calibration.Result measured = Calibration.measure();
    Long workingSet = model == null ? null : ModelFile.bytesWithExternalData(ModelFile.read(model));
    int cores = Runtime.getRuntime().availableProcessors();
    return MachineTarget.yaml("this-machine", measured, cores, workingSet);
  }

  @Override
  public DemoFiles demoFiles(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UnsupportedInputException(
          folder + ": cannot be created", "Name a writable folder.", e);
    }
    return new DemoFiles(
        Fixtures.fashionVgg(folder),
        Fixtures.fashionCalibration(folder),
        Fixtures.fashionValidation(folder));
  }
}
