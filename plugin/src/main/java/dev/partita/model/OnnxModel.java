package dev.partita.model;

import dev.partita.onnx.ModelProto;
import dev.partita.onnx.OperatorSetIdProto;
import java.nio.file.Path;

/**
 * A model as it was read: the parsed message, whose tensors are in the mapped file, and the file
 * itself, whose folder contains external data.
 *
 * @param proto the parsed model; its {@code raw_data} fields are views of the mapped file
 * @param source the file it was read from
 * @param bytes the size of that file in bytes, external data not counted
 */
public record OnnxModel(ModelProto proto, Path source, long bytes) {

  /** The version of the default operator set; 1 where a model of IR 1 or 2 names none. */
  public int opset() {
    for (OperatorSetIdProto opset : proto.getOpsetImportList()) {
      if (opset.getDomain().isEmpty() || opset.getDomain().equals("ai.onnx")) {
        return Math.toIntExact(opset.getVersion());
      }
    }
    return 1;
  }

  /** The default operator set. */
  public OperatorSet operatorSet() {
    return new OperatorSet(opset());
  }

  /** The version of the intermediate representation. */
  public int irVersion() {
    return Math.toIntExact(proto.getIrVersion());
  }

  /** The same file with another message; external data is still found next to the source. */
  public OnnxModel withProto(ModelProto changed) {
    return new OnnxModel(changed, source, bytes);
  }
}
