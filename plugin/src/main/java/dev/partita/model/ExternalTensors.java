package dev.partita.model;

import com.google.common.collect.ImmutableSet;
import dev.partita.onnx.ModelProto;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** Which tensors of a model are in other files. */
final class ExternalTensors {

  private ExternalTensors() {}

  /** Whether any tensor of the model, attributes and subgraphs included, is external. */
  static boolean any(ModelProto model) {
    AtomicBoolean found = new AtomicBoolean();
    ModelProto unused =
        new TensorRewriter(
                tensor -> {
                  found.compareAndSet(false, ExternalData.isExternal(tensor));
                  return tensor;
                })
            .rewrite(model);
    return found.get();
  }

  /** The data files of a model, each located and checked. */
  static ImmutableSet<Path> files(OnnxModel model) {
    Set<Path> files = new LinkedHashSet<>();
    ModelProto unused =
        new TensorRewriter(
                tensor -> {
                  if (ExternalData.isExternal(tensor)) {
                    files.add(ExternalData.locate(model.source(), tensor).file());
                  }
                  return tensor;
                })
            .rewrite(model.proto());
    return ImmutableSet.copyOf(files);
  }
}
