package dev.partita.report.schema;

import com.google.common.collect.ImmutableList;

/**
 * A stage of a run.
 *
 * @param requires what it reads of what stages before it gave
 * @param gives what it hands on
 */
public record StageInfo(String name, ImmutableList<String> requires, ImmutableList<String> gives) {}
