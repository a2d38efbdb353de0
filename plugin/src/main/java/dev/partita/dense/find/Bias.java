package dev.partita.dense.find;

/**
 * The constant that a dense layer adds to its product.
 *
 * @param source where its elements come from
 * @param kind how it broadcasts to {@code Y[..., N]}
 */
public record Bias(ConstantSource source, Kind kind) {

  /** How a bias broadcasts. */
  public enum Kind {
    /** One number for all: every dimension is 1, or there is none. */
    SCALAR,
    /** One number for each output feature: {@code [N]} or {@code [1, ..., N]}. */
    PER_FEATURE,
    /** One number for each row: the last dimension is 1 and another is not. */
    PER_ROW,
    /** A number for each row and feature: {@code [M, N]} with M above 1. */
    FULL
  }

  static Bias of(ConstantSource source) {
    return new Bias(source, kindOf(source));
  }

  /** Its name in the graph. */
  public String value() {
    return source.value();
  }

  /** The kind of a constant for {@code N > 1} features. */
  static Kind kindOf(ConstantSource source) {
    int rank = source.rank();
    long last = rank == 0 ? 1 : source.dim(rank - 1);
    boolean rows = source.dims().subList(0, Math.max(0, rank - 1)).stream().anyMatch(d -> d != 1);
    if (last == 1) {
      return rows ? Kind.PER_ROW : Kind.SCALAR;
    }
    return rows ? Kind.FULL : Kind.PER_FEATURE;
  }
}
