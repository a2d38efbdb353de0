package dev.partita.accelerator;

/**
 * Words that move on the chip for one product.
 *
 * @param deliveries words delivered to multipliers, a word that reaches ten of them counted ten
 *     times
 * @param bufferAccesses words read from and written to the buffer
 */
record ArrayTraffic(Moved deliveries, Moved bufferAccesses) {

  Moved total() {
    return deliveries.plus(bufferAccesses);
  }
}
