package dev.partita.options;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.find.LayerKey;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Flag;
import dev.partita.spi.ParameterType.Texts;
import dev.partita.spi.ParameterType.WholeNumber;

/**
 * Which layers are cut.
 *
 * @param include globs over node names: what is cut although the rules would leave it whole
 * @param exclude globs over node names: what is left alone
 * @param minBlock the fewest features of a space that a branch may have
 * @param inlineFunctions whether model-local functions with matrix products in them are replaced by
 *     their nodes, so that those can be cut
 * @param leftAlone layers that are left alone whatever they are called, with what a person calls
 *     them; a search asks for that
 */
public record SelectionOptions(
    ImmutableList<String> include,
    ImmutableList<String> exclude,
    int minBlock,
    boolean inlineFunctions,
    ImmutableMap<LayerKey, String> leftAlone) {

  public static final Parameter<ImmutableList<String>> INCLUDE =
      Parameter.optional(
          "include",
          new Texts("GLOB"),
          "Cut nodes with this name even if they are left whole by default.");

  public static final Parameter<ImmutableList<String>> EXCLUDE =
      Parameter.optional("exclude", new Texts("GLOB"), "Leave nodes with this name alone.");

  public static final Parameter<Long> MIN_BLOCK =
      Parameter.of(
          "min-block", WholeNumber.count(), 16L, "Smallest number of features per branch.");

  public static final Parameter<Boolean> INLINE_FUNCTIONS =
      Parameter.of(
          "inline-functions",
          new Flag(),
          false,
          "Inline model-local functions that contain matrix products, so that the "
              + "products can be cut.");

  static final ImmutableList<Parameter<?>> PARAMETERS =
      ImmutableList.of(INCLUDE, EXCLUDE, MIN_BLOCK, INLINE_FUNCTIONS);

  static SelectionOptions of(Arguments arguments, ImmutableMap<LayerKey, String> leftAlone) {
    return new SelectionOptions(
        arguments.get(INCLUDE, ImmutableList.of()),
        arguments.get(EXCLUDE, ImmutableList.of()),
        Math.toIntExact(arguments.require(MIN_BLOCK)),
        arguments.require(INLINE_FUNCTIONS),
        leftAlone);
  }
}
