package dev.partita.accelerator;

/** Sums and products of counts that refuse to overflow. */
final class Words {
  private Words() {}

  static long product(long... factors) {
    long product = 1;
    for (long factor : factors) {
      product = Math.multiplyExact(product, factor);
    }
    return product;
  }

  static long add(long... terms) {
    long sum = 0;
    for (long term : terms) {
      sum = Math.addExact(sum, term);
    }
    return sum;
  }
}
