package dev.partita.accelerator;

import java.util.Locale;

/** What can bind the time of a layer, in the order that settles a tie. */
enum Resource {
  ARRAY,
  DRAM,
  BUFFER,
  LINK;

  /** The name in {@link Estimate#boundBy()}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
