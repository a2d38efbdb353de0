package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.measure.BenchOptions;
import dev.partita.measure.BenchReport;
import dev.partita.options.Options;
import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.SearchReport;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardedRun;
import dev.partita.shard.ShardLayout;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks of the library. Every method throws a {@link
 * dev.partita.PartitaException} for what the user can act on.
 */
public interface Engine {

  /**
   * Optimizes a model.
   *
   * @param output where the model goes; null with a dry run only
   * @throws dev.partita.run.GateFailedException when a gate fails; nothing is written then
   */
  OptimizationReport optimize(
      Path input, @Nullable Path output, Options options, ProgressListener progress);

  /**
   * Tries choices of options on a model.
   *
   * @param budget no run is begun after it
   */
  SearchReport search(Path input, Options options, Duration budget, ProgressListener progress);

  /**
   * Plans a model and writes the plan as an archive of masks and orders.
   *
   * @param output where the archive goes
   */
  MasksReport masks(Path input, Path output, Options options, ProgressListener progress);

  /**
   * Puts figures back on a rewritten model that lost them.
   *
   * @param output where the model goes
   * @param sidecar the sidecar of the model; null to estimate again for the target of the options
   */
  AnnotateReport annotate(Path input, Path output, @Nullable Path sidecar, Options options);

  /** Finds the dense layers of a model and what would become of each. */
  InspectReport inspect(Path input, Options options);

  /** What the dense layers of a model cost. */
  EstimateReport estimate(Path input, Options options);

  /** What a chain of dense layers costs. */
  EstimateReport estimate(LayerChain chain, Options options);

  /**
   * Compares two models on {@link Options#validation()}, with the gates of the options. A gate that
   * fails is a value here, no exception.
   */
  Accuracy verify(Path before, Path after, Options options, ProgressListener progress);

  /**
   * Takes a rewritten model apart.
   *
   * @param folder to make; there whole in the end, or not at all
   */
  ShardManifest shard(Path model, Path folder, ShardLayout layout, boolean overwrite);

  /** Runs a folder of shards. */
  ShardedRun.Result run(RunRequest request);

  /**
   * Measures models and folders of shards.
   *
   * @param estimates the target that dense layers are estimated for, where those are asked for
   */
  BenchReport bench(ImmutableList<Path> subjects, BenchOptions options, Options estimates);

  /** The bundled targets, in the order in which they are listed. */
  ImmutableList<TargetSummary> targets();

  /**
   * A target as YAML, with the source of every number.
   *
   * @param target a bundled name or a file
   * @param overrides values that replace keys
   */
  String targetYaml(String target, ImmutableMap<String, String> overrides);

  /**
   * Measures this machine, and describes it as a target in YAML.
   *
   * @param model whose weights a run reads; null for more than fits a cache
   */
  String calibrate(@Nullable Path model);

  /** Puts the bundled model and its data into a folder. */
  DemoFiles demoFiles(Path folder);

  /**
   * Dense layers one after the other.
   *
   * @param widths features before the first layer, between layers, and after the last; at least two
   * @param rows rows of the activations
   * @param lastLayer what becomes of the last layer; the others are cut
   */
  record LayerChain(ImmutableList<Long> widths, long rows, LastLayer lastLayer) {}

  /**
   * What to run a folder of shards on.
   *
   * @param folder that partita shard wrote
   * @param data samples, as the command line takes them
   * @param seed of random samples
   * @param dims sizes of symbolic dimensions of random samples
   * @param batch samples of one request
   * @param threads shards that compute at a time
   * @param output where outputs go; null for nowhere
   */
  record RunRequest(
      Path folder,
      String data,
      long seed,
      ImmutableMap<String, Integer> dims,
      int batch,
      int threads,
      @Nullable Path output) {}

  /** What becomes of the last layer of a chain. */
  enum LastLayer {
    /** Computed once, behind the Concat, as a classifier is by default. */
    WHOLE,
    CUT
  }

  /**
   * A bundled target in one line.
   *
   * @param name its name
   * @param accelerators how many it has
   * @param description what it is and where its numbers come from
   */
  record TargetSummary(String name, int accelerators, String description) {}

  /**
   * What a demonstration needs.
   *
   * @param model an ONNX model
   * @param calibration unlabelled data
   * @param validation labelled data
   */
  record DemoFiles(Path model, Path calibration, Path validation) {}
}
