package dev.partita.accelerator;

import java.math.BigInteger;

/**
 * Words that move, by what they hold, because weights may be narrower than activations.
 *
 * @param weights words of the width of a weight
 * @param activations words of inputs, outputs and unfinished sums, of the width of an activation
 */
record Moved(long weights, long activations) {

  static final Moved NONE = new Moved(0, 0);

  Moved plus(Moved other) {
    return new Moved(
        Math.addExact(weights, other.weights), Math.addExact(activations, other.activations));
  }

  /** How many words there are, whatever their width. */
  long words() {
    return Math.addExact(weights, activations);
  }

  BigInteger bits(Target target) {
    return BigInteger.valueOf(weights)
        .multiply(BigInteger.valueOf(target.weightBits()))
        .add(BigInteger.valueOf(activations).multiply(BigInteger.valueOf(target.wordBits())));
  }

  /** As many bits in words of the width that the target's energies are given for. */
  double pricedWords(Target target) {
    return target.weightBits() == target.wordBits()
        ? words()
        : (double) weights * target.weightBits() / target.wordBits() + activations;
  }
}
