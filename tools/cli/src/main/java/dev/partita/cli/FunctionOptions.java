package dev.partita.cli;

import dev.partita.optimize.OptimizeOptionsBuilder;
import picocli.CommandLine.Option;

/** What becomes of model-local functions. */
final class FunctionOptions {

  @Option(
      names = "--inline-functions",
      description =
          "Put the nodes of model-local functions with matrix products in them in the place of their"
              + " calls, so that the products can be cut.")
  private boolean inlineFunctions;

  void applyTo(OptimizeOptionsBuilder options) {
    options.inlineFunctions(inlineFunctions);
  }
}
