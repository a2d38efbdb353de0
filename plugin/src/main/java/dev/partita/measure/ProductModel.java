package dev.partita.measure;

import dev.partita.model.ElementType;
import dev.partita.model.Nodes;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A model of one product {@code Y[M, N] = X[M, K] . W[K, N]} in float32. */
final class ProductModel {

  static final String INPUT = "x";
  static final String NODE = "product";

  private static final int IR_VERSION = 8;
  private static final int OPSET = 13;

  private ProductModel() {}

  /**
   * Writes the model.
   *
   * @param data name of a file next to it that begins with the elements of W
   * @param in K
   * @param out N
   */
  static Path write(Path folder, String data, int in, int out) throws IOException {
    TensorProto weight =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(ElementType.FLOAT.onnxNumber())
            .addDims(in)
            .addDims(out)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", data))
            .addExternalData(entry("offset", "0"))
            .addExternalData(entry("length", Long.toString((long) in * out * Float.BYTES)))
            .build();
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(
                GraphProto.newBuilder()
                    .setName("product")
                    .addInput(value(INPUT, in))
                    .addOutput(value("y", out))
                    .addInitializer(weight)
                    .addNode(Nodes.of("Gemm", NODE, List.of(INPUT, "w"), "y")))
            .build();
    Path file = folder.resolve("product-%d-%d.onnx".formatted(in, out));
    try (OutputStream stream = Files.newOutputStream(file)) {
      model.writeTo(stream);
    }
    return file;
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static ValueInfoProto value(String name, int features) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(ElementType.FLOAT.onnxNumber())
                        .setShape(
                            TensorShapeProto.newBuilder()
                                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("M"))
                                .addDim(
                                    TensorShapeProto.Dimension.newBuilder()
                                        .setDimValue(features)))))
        .build();
  }
}
