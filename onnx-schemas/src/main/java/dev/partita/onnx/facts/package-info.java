/** Facts about the standard's operators that a rewriter of dense layers needs. */
@NullMarked
package dev.partita.onnx.facts;

import org.jspecify.annotations.NullMarked;
