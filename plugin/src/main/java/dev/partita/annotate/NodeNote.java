package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;

/**
 * What a node is given.
 *
 * @param figures its metadata
 * @param sentence what it says of itself
 */
record NodeNote(ImmutableMap<String, String> figures, String sentence) {}
