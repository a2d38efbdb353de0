package dev.partita.gradient;

/** A node between a loss and a parameter has no backward pass. */
public final class NotDifferentiableException extends RuntimeException {

  private static final long serialVersionUID = 1;

  NotDifferentiableException(String operator, String node, String why) {
    super("there is no gradient for %s '%s'%s".formatted(operator, node, why));
  }
}
