/** Taking a rewritten model apart: one model for each accelerator, and stages for the rest. */
@NullMarked
package dev.partita.shard;

import org.jspecify.annotations.NullMarked;
