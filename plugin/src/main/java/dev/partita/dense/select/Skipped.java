package dev.partita.dense.select;

import dev.partita.dense.find.SkipReason;

/**
 * A matrix product that is left alone.
 *
 * @param node its name, with the path of enclosing nodes where it stands in a subgraph
 * @param operator its operator type
 * @param reason the code
 * @param detail a sentence
 */
public record Skipped(String node, String operator, SkipReason reason, String detail) {}
