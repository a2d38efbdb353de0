package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Prints estimates beside what nn_dataflow and SCALE-Sim have, as tables in Markdown: the reference
 * cases, or with a folder the files of {@code tools/bench/simulate.py} in it. Exits with 1 if one
 * of them is further off than it may be.
 */
final class ReferenceComparison {

  private record Compared(ReferenceRow row, Estimate estimate) {

    double off(ToDoubleFunction<Estimate> percent) {
      return Math.abs(percent.applyAsDouble(estimate));
    }
  }

  private ReferenceComparison() {}

  public static void main(String[] arguments) {
    ImmutableList<ReferenceRow> rows;
    List<SimulatedProduct> products;
    if (arguments.length == 0) {
      rows = ReferenceTable.nnDataflow();
      products = ReferenceTable.scaleSim();
    } else {
      Path folder = Path.of(arguments[0]);
      rows = ReferenceTable.nnDataflow(folder.resolve("nn_dataflow.csv"));
      products = ReferenceTable.scaleSim(folder.resolve("scalesim.csv"));
    }
    List<Compared> compared = rows.stream().map(row -> new Compared(row, row.estimate())).toList();
    printGroups(compared);
    List<Compared> off = compared.stream().filter(c -> !c.row().holds(c.estimate())).toList();
    off.forEach(ReferenceComparison::printOff);
    List<SimulatedProduct> unequal =
        products.stream().filter(product -> !product.cyclesAreEqual()).toList();
    unequal.forEach(product -> System.out.println("NOT EQUAL: " + product));
    System.out.printf(
        Locale.ROOT,
        "%n%d of %d layers of nn_dataflow within the limits; array cycles equal to SCALE-Sim's in %d"
            + " of %d products.%n",
        compared.size() - off.size(),
        compared.size(),
        products.size() - unequal.size(),
        products.size());
    System.exit(off.isEmpty() && unequal.isEmpty() && !compared.isEmpty() ? 0 : 1);
  }

  private static void printGroups(List<Compared> compared) {
    Map<String, List<Compared>> groups = new LinkedHashMap<>();
    for (Compared one : compared) {
      ReferenceRow row = one.row();
      String rows = row.rows() == 1 ? "1" : "more";
      groups
          .computeIfAbsent(
              "%s | %s | %s".formatted(row.configuration(), row.variant(), rows),
              key -> new ArrayList<>())
          .add(one);
    }
    System.out.println(
        "| configuration | split | rows | layers | cycles, % | DRAM words, % | energy without network,"
            + " % | network, % of its energy | ours |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    groups.forEach(
        (name, members) ->
            System.out.printf(
                Locale.ROOT,
                "| %s | %d | %.2f | %.2f | %.2f | %s | %s |%n",
                name,
                members.size(),
                worst(members, c -> c.off(c.row()::cyclesOff)),
                worst(members, c -> c.off(c.row()::wordsOff)),
                worst(members, c -> c.off(c.row()::energyOff)),
                range(members, c -> 100 * c.row().network() / c.row().number("E_total")),
                range(
                    members,
                    c ->
                        100
                            * c.estimate().energyBreakdown().link()
                            / c.estimate().energyBreakdown().total())));
  }

  private static void printOff(Compared compared) {
    ReferenceRow row = compared.row();
    System.out.printf(
        Locale.ROOT,
        "OFF: %s %s %s: cycles %+.2f %%, words %+.2f %%, energy %+.2f %%%n",
        row.configuration(),
        row.variant(),
        row.shape(),
        row.cyclesOff(compared.estimate()),
        row.wordsOff(compared.estimate()),
        row.energyOff(compared.estimate()));
  }

  private static double worst(List<Compared> members, ToDoubleFunction<Compared> figure) {
    return members.stream().mapToDouble(figure).max().orElseThrow();
  }

  private static String range(List<Compared> members, ToDoubleFunction<Compared> figure) {
    double least = members.stream().mapToDouble(figure).min().orElseThrow();
    double most = worst(members, figure);
    return most == 0 ? "0" : String.format(Locale.ROOT, "%.2f to %.2f", least, most);
  }
}
