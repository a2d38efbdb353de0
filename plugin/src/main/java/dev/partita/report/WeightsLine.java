package dev.partita.report;

import dev.partita.report.schema.WeightShares;
import dev.partita.report.schema.WeightShares.Holder;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One line about the share of a model's weights that dense layers hold, and what holds the rest.
 */
final class WeightsLine {

  private static final int SHOWN = 4;
  private static final long MILLIONS_FROM = 10_000;

  private WeightsLine() {}

  /** Empty where nothing is known, or there is no weight. */
  static String of(@Nullable WeightShares shares) {
    if (shares == null || shares.all() == 0) {
      return "";
    }
    String line =
        "Dense layers: %s of %s weights".formatted(number(shares.dense()), number(shares.all()));
    List<Holder> others = shares.others();
    if (others.isEmpty()) {
      return TextLines.paragraph("", line);
    }
    String rest =
        others.stream()
            .limit(SHOWN)
            .map(held -> held.nodes() + " " + held.kind() + " " + number(held.weights()))
            .collect(Collectors.joining(", "));
    if (others.size() > SHOWN) {
      List<Holder> more = others.subList(SHOWN, others.size());
      rest +=
          ", %d others %s"
              .formatted(
                  more.stream().mapToInt(Holder::nodes).sum(),
                  number(more.stream().mapToLong(Holder::weights).sum()));
    }
    return TextLines.paragraph("", line + "; the rest: " + rest);
  }

  private static String number(long weights) {
    return weights < MILLIONS_FROM
        ? Long.toString(weights)
        : String.format(Locale.ROOT, "%.2f M", weights / 1e6);
  }
}
