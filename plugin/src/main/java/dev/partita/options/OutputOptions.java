package dev.partita.options;

import com.google.common.collect.ImmutableList;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Choice;
import dev.partita.spi.ParameterType.Flag;

/**
 * What is written, and how.
 *
 * @param irVersion whether an older model is raised to the IR that carries figures on nodes
 * @param fold whether every region of the main graph is put into a model-local function
 * @param overwrite whether an existing output is replaced
 * @param dryRun whether to stop before anything is written
 * @param illustrations whether the report holds what a page shows next to it
 */
public record OutputOptions(
    IrVersion irVersion, boolean fold, boolean overwrite, boolean dryRun, boolean illustrations) {

  public static final Parameter<IrVersion> IR_VERSION =
      Parameter.of(
          "ir-version",
          new Choice<>(IrVersion.class),
          IrVersion.AUTO,
          "auto raises an older model to IR 10, which allows metadata on nodes; keep "
              + "does not.");

  public static final Parameter<Boolean> FOLD =
      Parameter.of(
          "fold",
          new Flag(),
          false,
          "Put every region into a model-local function, so that viewers show it as one "
              + "block. ONNX Runtime inlines functions and then ignores the placement metadata "
              + "of branches.");

  public static final Parameter<Boolean> OVERWRITE =
      Parameter.of("overwrite", new Flag(), false, "Replace existing files.").unrecorded();

  public static final Parameter<Boolean> DRY_RUN =
      Parameter.of("dry-run", new Flag(), false, "Do everything except writing the result.")
          .unrecorded();

  /** Not an option of any surface: a command sets it where a page was asked for. */
  public static final Parameter<Boolean> ILLUSTRATIONS =
      Parameter.of("illustrations", new Flag(), false, "Report what a page shows.").unrecorded();

  static final ImmutableList<Parameter<?>> PARAMETERS = ImmutableList.of(IR_VERSION, FOLD);

  /** What the caller of a pass says by other means than a parameter. */
  static final ImmutableList<Parameter<?>> OF_THE_CALL =
      ImmutableList.of(OVERWRITE, DRY_RUN, ILLUSTRATIONS);

  static OutputOptions of(Arguments arguments) {
    return new OutputOptions(
        arguments.require(IR_VERSION),
        arguments.require(FOLD),
        arguments.require(OVERWRITE),
        arguments.require(DRY_RUN),
        arguments.require(ILLUSTRATIONS));
  }
}
