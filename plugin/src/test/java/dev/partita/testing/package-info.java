/** What the tests of several rooms share. */
@NullMarked
package dev.partita.testing;

import org.jspecify.annotations.NullMarked;
