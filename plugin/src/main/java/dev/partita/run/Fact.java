package dev.partita.run;

/**
 * Something that one stage of a run hands to those after it.
 *
 * @param name as {@code --dry-run} prints it
 * @param <T> what it is
 */
record Fact<T>(String name, Class<T> type) {}
