package dev.partita.optimize;

import dev.partita.accelerator.Target;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * The options of a run as the model remembers them. Paths and threads are left out: they do not
 * change the result, and the same result has the same bytes.
 */
final class OptionsText {

  private OptionsText() {}

  static String of(OptimizeOptions options, Target target) {
    StringJoiner text = new StringJoiner(" ");
    text.add("--accelerators " + target.accelerators());
    text.add("--strategy " + options.strategy().name().toLowerCase(Locale.ROOT));
    text.add(
        "--repair " + options.effectiveRepair().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    if (options.effectiveRepair() == OptimizeOptions.Repair.DISTILL) {
      text.add("--distill-steps " + options.distillSteps());
    }
    if (options.bridgeRank() > 0) {
      text.add("--bridge-rank " + options.bridgeRank());
    }
    text.add("--min-block " + options.minBlock());
    text.add("--seed " + options.seed());
    options.include().forEach(glob -> text.add("--include " + glob));
    options.exclude().forEach(glob -> text.add("--exclude " + glob));
    options.leftAlone().values().forEach(name -> text.add("--exclude " + name));
    if (options.inlineFunctions()) {
      text.add("--inline-functions");
    }
    if (options.fold()) {
      text.add("--fold");
    }
    options.targetOverrides().forEach((key, value) -> text.add("--set " + key + "=" + value));
    options.dims().forEach((name, size) -> text.add("--dim " + name + "=" + size));
    if (!options.gate()) {
      text.add("--no-gate");
    }
    if (options.soften() == OptimizeOptions.Soften.NONE) {
      text.add("--soften none");
    }
    return text.toString();
  }
}
