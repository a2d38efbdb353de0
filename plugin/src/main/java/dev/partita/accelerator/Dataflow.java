package dev.partita.accelerator;

import java.util.Arrays;

/** How a multiplier array works through a matrix product; it decides cycles and reuse. */
public enum Dataflow {
  /**
   * Rows of the array are dealt to input and output features, columns to output features, and every
   * multiplier keeps a small tile in its register file: an Eyeriss-like array on a dense layer.
   */
  SPATIAL("spatial") {
    @Override
    ArrayModel on(Target target) {
      return new SpatialArray(
          target.array().rows(), target.array().columns(), Room.registerFile(target));
    }

    @Override
    boolean needsRegisterFile() {
      return true;
    }
  },
  /** Outputs stay in place while inputs and weights stream through. */
  SYSTOLIC_OUTPUT_STATIONARY("systolic-os") {
    @Override
    ArrayModel on(Target target) {
      return new OutputStationaryArray(target.array().rows(), target.array().columns());
    }
  },
  /** Weights stay in place while inputs and partial sums stream through. */
  SYSTOLIC_WEIGHT_STATIONARY("systolic-ws") {
    @Override
    ArrayModel on(Target target) {
      return new WeightStationaryArray(target.array().rows(), target.array().columns());
    }
  };

  private final String label;

  Dataflow(String label) {
    this.label = label;
  }

  /** The name in a target file, as in {@code systolic-os}. */
  public String label() {
    return label;
  }

  /** The names of all, in order. */
  static String[] labels() {
    return Arrays.stream(values()).map(Dataflow::label).toArray(String[]::new);
  }

  /** The array of a target that works in this way. */
  abstract ArrayModel on(Target target);

  /** Whether every multiplier keeps an input, a weight and an output. */
  boolean needsRegisterFile() {
    return false;
  }
}
