package dev.partita.gradient;

/** A node stands between a loss and a parameter and there is no backward pass for it here. */
public final class NotDifferentiableException extends RuntimeException {

  private static final long serialVersionUID = 1;

  NotDifferentiableException(String operator, String node, String why) {
    super("%s '%s'%s has no gradient".formatted(operator, node, why));
  }
}
