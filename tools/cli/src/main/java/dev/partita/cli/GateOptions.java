package dev.partita.cli;

import dev.partita.optimize.OptimizeOptionsBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The accuracy condition. */
final class GateOptions {

  @Option(
      names = "--max-accuracy-drop",
      paramLabel = "X",
      description = "Labelled top-1 that may be lost, absolute (default with labels: 0.01).")
  private @Nullable Double maxAccuracyDrop;

  @Option(
      names = "--min-agreement",
      paramLabel = "X",
      description = "Share of samples whose arg-max stays (default without labels: 0.95).")
  private @Nullable Double minAgreement;

  @Option(
      names = "--max-relative-error",
      paramLabel = "X",
      description = "Relative error of the output (default where it is no row of scores: 0.1).")
  private @Nullable Double maxRelativeError;

  @Option(
      names = "--output",
      paramLabel = "NAME",
      description = "The graph output that the condition is about (default: the first).")
  private @Nullable String output;

  @Mixin private MetricOptions metric = new MetricOptions();

  @Option(names = "--no-gate", description = "Check no condition.")
  private boolean noGate;

  void applyTo(OptimizeOptionsBuilder options) {
    options
        .maxAccuracyDrop(maxAccuracyDrop)
        .minAgreement(minAgreement)
        .maxRelativeError(maxRelativeError)
        .gateOutput(output)
        .gate(!noGate);
    metric.applyTo(options);
  }
}
