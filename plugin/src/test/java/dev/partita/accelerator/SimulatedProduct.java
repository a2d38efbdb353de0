package dev.partita.accelerator;

import com.google.common.collect.ImmutableMap;

/**
 * A product as SCALE-Sim simulated it.
 *
 * @param cells by the names of the table's columns
 */
record SimulatedProduct(ImmutableMap<String, String> cells) {

  /** The simulated array as a target. */
  Target target() {
    return Targets.named("systolic-32x32")
        .withOverride("array.rows", cell("array_rows"))
        .withOverride("array.columns", cell("array_cols"))
        .withOverride("array.dataflow", "systolic-" + cell("dataflow"));
  }

  long arrayCycles() {
    return CostModel.node(
            target(), count("batch_M"), count("nin_K"), count("nout_N"), DramSharing.PRIVATE)
        .arrayCycles();
  }

  boolean cyclesAreEqual() {
    return arrayCycles() == count("compute_cycles");
  }

  String cell(String column) {
    return cells.getOrDefault(column, "");
  }

  long count(String column) {
    return Long.parseLong(cell(column));
  }
}
