package dev.partita.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.partita.model.ElementType;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Makes uint16, uint32 and uint64 inputs, which ONNX Runtime's Java interface can read but not
 * create: a model of one Cast turns the signed type of the same width into them, bit for bit.
 */
final class UnsignedTensors {
  private static final Map<ElementType, OrtSession> CASTS = new EnumMap<>(ElementType.class);

  private UnsignedTensors() {}

  static boolean isWide(ElementType type) {
    return type == ElementType.UINT16 || type == ElementType.UINT32 || type == ElementType.UINT64;
  }

  static OnnxTensor reinterpret(OnnxTensor signed, ElementType unsigned, List<AutoCloseable> opened)
      throws OrtException {
    OrtSession.Result result = session(unsigned).run(Map.of("x", signed));
    opened.add(result);
    return (OnnxTensor) result.get(0);
  }

  private static OrtSession session(ElementType type) throws OrtException {
    synchronized (CASTS) {
      OrtSession session = CASTS.get(type);
      if (session == null) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
          options.setIntraOpNumThreads(1);
          session = Ort.environment().createSession(cast(type).toByteArray(), options);
        }
        CASTS.put(type, session);
      }
      return session;
    }
  }

  private static ModelProto cast(ElementType type) {
    ElementType signed =
        switch (type) {
          case UINT16 -> ElementType.INT16;
          case UINT32 -> ElementType.INT32;
          case UINT64 -> ElementType.INT64;
          default -> throw new IllegalArgumentException(type.label());
        };
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
        .setGraph(
            GraphProto.newBuilder()
                .setName("cast")
                .addInput(value("x", signed))
                .addOutput(value("y", type))
                .addNode(
                    NodeProto.newBuilder()
                        .setOpType("Cast")
                        .addInput("x")
                        .addOutput("y")
                        .addAttribute(
                            AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(type.onnxNumber()))))
        .build();
  }

  private static ValueInfoProto value(String name, ElementType type) {
    // A type without a shape: any rank.
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.onnxNumber())))
        .build();
  }
}
