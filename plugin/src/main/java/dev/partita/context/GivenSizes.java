package dev.partita.context;

import com.google.common.collect.ImmutableSortedSet;
import dev.partita.UsageException;
import dev.partita.model.OnnxModel;
import dev.partita.model.SymbolicSizes;
import dev.partita.options.Options;
import dev.partita.report.schema.ShortList;
import dev.partita.runtime.Suggestion;

/** Sizes that a caller gives to symbolic dimensions of a model. */
public final class GivenSizes {

  private GivenSizes() {}

  /**
   * Refuses sizes of dimensions that the model does not have: a mistyped one would do nothing.
   *
   * @throws UsageException if there is one
   */
  public static void check(OnnxModel model, Options options) {
    ImmutableSortedSet<String> known = SymbolicSizes.names(model);
    for (String name : options.target().dims().keySet()) {
      if (!known.contains(name)) {
        throw new UsageException(
            model.source()
                + " has no symbolic dimension '"
                + name
                + "'"
                + Suggestion.forName(name, known)
                + ".",
            known.isEmpty()
                ? "All its sizes are fixed or have no name; omit --dim."
                : "It has " + ShortList.of(known.asList()) + ".");
      }
    }
  }
}
