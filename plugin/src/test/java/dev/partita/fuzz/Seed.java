package dev.partita.fuzz;

import dev.partita.onnx.ModelProto;

/**
 * A model to start from.
 *
 * @param name where it came from
 * @param bytes the model file; what it reads from another file stands in {@link Sandbox#DATA}
 * @param parsed the same, parsed
 */
record Seed(String name, byte[] bytes, ModelProto parsed) {

  static Seed of(String name, ModelProto model) {
    return new Seed(name, model.toByteArray(), model);
  }
}
