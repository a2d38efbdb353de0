package dev.partita.accelerator;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;

/**
 * A layer as nn_dataflow scheduled it, beside the estimate for the same configuration.
 *
 * <p>Where the layer was split over a grid and its accesses forwarded, the grid is the one that
 * nn_dataflow chose; nothing else of its result goes into the estimate.
 *
 * @param cells by the names of the table's columns
 */
record ReferenceRow(ImmutableMap<String, String> cells) {

  /** How far an estimate may be from the row, in percent. */
  record Limits(double cycles, double words, double energy) {}

  String configuration() {
    return cell("config");
  }

  /** {@code outp} or {@code hybrid_fwd}. */
  String variant() {
    return cell("variant");
  }

  String shape() {
    return "%d x %d x %d".formatted(rows(), in(), out());
  }

  long rows() {
    return count("batch");
  }

  long in() {
    return count("nin");
  }

  long out() {
    return count("nout");
  }

  int nodes() {
    return Splitter.on('x')
        .splitToStream(cell("nodes_hw"))
        .mapToInt(Integer::parseInt)
        .reduce(1, Math::multiplyExact);
  }

  Limits limits() {
    return rows() == 1 ? new Limits(0, 1, 1) : new Limits(2, 1, 3);
  }

  /** The configuration as a target; tiles are held once, as nn_dataflow does. */
  Target target() {
    List<String> array = Splitter.on('x').splitToList(cell("pe_array"));
    List<String> costs =
        Splitter.on(';')
            .splitToList(cell("costs_mac;dram;gbuf;itcn;regf;hop;idle_per_cycle_all_nodes"));
    double bandwidth = Double.parseDouble(cell("dram_Bytes_per_cycle_total").replace("inf", "1e9"));
    double idle = Double.parseDouble(costs.get(6));
    return Targets.named("tetris-3d")
        .withAccelerators(nodes())
        .withOverride("array.rows", array.get(0))
        .withOverride("array.columns", array.get(1))
        .withOverride("register_file_bytes", cell("regf_B_per_pe"))
        .withOverride("buffer.bytes", cell("gbuf_B_per_node"))
        .withOverride("buffer.double_buffered", "false")
        .withOverride("dram.bytes_per_cycle", Decimals.print(bandwidth / nodes()))
        .withOverride("energy.mac", costs.get(0))
        .withOverride("energy.dram", costs.get(1))
        .withOverride("energy.buffer", costs.get(2))
        .withOverride("energy.array", costs.get(3))
        .withOverride("energy.register_file", costs.get(4))
        .withOverride("energy.link_hop", costs.get(5))
        .withOverride("energy.static_per_cycle", Decimals.print(idle / nodes()));
  }

  Estimate estimate() {
    Target target = target();
    if (nodes() == 1) {
      return CostModel.node(target, rows(), in(), out(), DramSharing.PRIVATE);
    }
    if (variant().equals("outp")) {
      LayerWork layer = Layers.whole("layer", rows(), in(), out());
      return CostModel.compare(target, ImmutableList.of(layer), DramSharing.PRIVATE).denseOnAll();
    }
    Split split = new Split((int) count("part_outp"), (int) count("part_inpp"));
    return CostModel.split(target, rows(), in(), out(), split, DramSharing.PRIVATE);
  }

  /** Percent by which the estimated cycles, link cycles apart, are above those of the row. */
  double cyclesOff(Estimate estimate) {
    return percent(estimate.cycles() - estimate.linkCycles(), number("cycles"));
  }

  /** The same of words through DRAM. */
  double wordsOff(Estimate estimate) {
    return percent(estimate.dramBytes() / 2.0, number("acc_dram"));
  }

  /** The same of the energy apart from the network. */
  double energyOff(Estimate estimate) {
    EnergyBreakdown energy = estimate.energyBreakdown();
    // Static power while words travel belongs to the network, which nn_dataflow overlaps.
    double travelling = estimate.linkCycles() * nodes() * target().energy().staticPerCycle();
    return percent(
        energy.total() - energy.link() - travelling, number("E_total") - number("E_noc"));
  }

  /** Energy of the network in the row. */
  double network() {
    return number("E_noc");
  }

  boolean macsAreEqual(Estimate estimate) {
    return estimate.macs() == number("macs") && 4 * estimate.macs() == number("acc_regf");
  }

  /**
   * Whether an estimate is as near as it has to be. Where nn_dataflow has the best of all tiles
   * that divide the layer and others are better, it may be lower by anything.
   */
  boolean holds(Estimate estimate) {
    Limits limits = limits();
    return macsAreEqual(estimate)
        && isNear(cyclesOff(estimate), limits.cycles())
        && isNear(wordsOff(estimate), limits.words())
        && isNear(energyOff(estimate), limits.energy());
  }

  private boolean isNear(double percent, double limit) {
    return percent <= limit && (percent >= -limit || cell("only_dividing").equals("yes"));
  }

  String cell(String column) {
    return cells.getOrDefault(column, "");
  }

  long count(String column) {
    return Long.parseLong(cell(column));
  }

  double number(String column) {
    return Double.parseDouble(cell(column));
  }

  private static double percent(double estimate, double reference) {
    return 100 * (estimate / reference - 1);
  }
}
