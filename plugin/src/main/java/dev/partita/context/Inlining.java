package dev.partita.context;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.select.FunctionProducts;
import dev.partita.model.FunctionInliner;
import dev.partita.model.OnnxModel;
import dev.partita.options.Options;
import dev.partita.report.schema.ShortList;
import java.util.List;

/**
 * The model that the stages work on: as it was read, or with functions inlined where that was asked
 * for.
 *
 * @param model to look for layers in
 * @param sentences which functions were inlined, and which were not and why, for the report
 */
public record Inlining(OnnxModel model, ImmutableList<String> sentences) {

  /**
   * What the options ask for.
   *
   * @throws dev.partita.UnsupportedInputException if inlining would make the model far too large
   */
  public static Inlining of(OnnxModel read, Options options) {
    if (!options.selection().inlineFunctions()) {
      return new Inlining(read, ImmutableList.of());
    }
    FunctionInliner.Inlined inlined = FunctionProducts.inlined(read);
    ImmutableList.Builder<String> sentences = ImmutableList.builder();
    if (!inlined.calls().isEmpty()) {
      sentences.add("Functions inlined: " + calls(inlined.calls()) + ".");
    }
    inlined
        .refused()
        .forEach(
            (name, reason) ->
                sentences.add("The function '" + name + "' is not inlined: " + reason + "."));
    return new Inlining(inlined.model(), sentences.build());
  }

  private static String calls(ImmutableMap<String, Integer> calls) {
    List<String> all =
        calls.entrySet().stream()
            .map(
                entry ->
                    String.format(
                        "'%s' (%,d %s)",
                        entry.getKey(), entry.getValue(), entry.getValue() == 1 ? "call" : "calls"))
            .toList();
    return ShortList.of(all);
  }
}
