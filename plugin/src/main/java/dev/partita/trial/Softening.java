package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.region.Region;
import java.util.Locale;

/**
 * A gentler way of cutting a region, which keeps more of its weights, and those that share stored
 * weights with it.
 *
 * @param action what is done
 * @param regions as they would be cut
 * @param branches as many accelerators as it would use
 * @param bridgeRank rank of its bridges
 * @param cycles estimated time of its dense layers on the target
 * @param detail what is done, as a part of a sentence
 */
record Softening(
    Action action,
    ImmutableList<Region> regions,
    int branches,
    int bridgeRank,
    long cycles,
    String detail) {

  /** The kinds, in the order in which those of equal time are tried. */
  enum Action {
    /** Bridges at its ends, or wider ones. */
    BRIDGED,
    /** Every branch reads the whole entry, so that only the outputs of the first layer are cut. */
    SHARED,
    /** A block for some of the accelerators only; the others wait. */
    FEWER_BRANCHES;

    /** Its name in reports. */
    String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
