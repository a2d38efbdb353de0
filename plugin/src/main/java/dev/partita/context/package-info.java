/** What a run knows from its beginning and hands to every stage: model, data, workspace, stages. */
@NullMarked
package dev.partita.context;

import org.jspecify.annotations.NullMarked;
