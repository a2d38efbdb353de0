/** Ridge regression from moments, by columns or by rows. */
@NullMarked
package dev.partita.repair.leastsquares;

import org.jspecify.annotations.NullMarked;
