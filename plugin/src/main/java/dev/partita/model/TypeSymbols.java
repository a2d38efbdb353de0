package dev.partita.model;

import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import java.util.function.UnaryOperator;

/**
 * Renames symbolic dimensions of types. Those of a function are its own: an N in it need not be the
 * N of the model, and a runtime that takes them for one would reuse memory of the wrong size.
 */
final class TypeSymbols {

  private TypeSymbols() {}

  static TypeProto renamed(TypeProto type, UnaryOperator<String> change) {
    TypeProto.Builder changed = type.toBuilder();
    switch (type.getValueCase()) {
      case TENSOR_TYPE -> {
        if (type.getTensorType().hasShape()) {
          changed.getTensorTypeBuilder().setShape(renamed(type.getTensorType().getShape(), change));
        }
      }
      case SPARSE_TENSOR_TYPE -> {
        if (type.getSparseTensorType().hasShape()) {
          changed
              .getSparseTensorTypeBuilder()
              .setShape(renamed(type.getSparseTensorType().getShape(), change));
        }
      }
      case SEQUENCE_TYPE ->
          changed
              .getSequenceTypeBuilder()
              .setElemType(renamed(type.getSequenceType().getElemType(), change));
      case OPTIONAL_TYPE ->
          changed
              .getOptionalTypeBuilder()
              .setElemType(renamed(type.getOptionalType().getElemType(), change));
      case MAP_TYPE ->
          changed
              .getMapTypeBuilder()
              .setValueType(renamed(type.getMapType().getValueType(), change));
      case OPAQUE_TYPE, VALUE_NOT_SET -> {}
    }
    return changed.build();
  }

  private static TensorShapeProto renamed(TensorShapeProto shape, UnaryOperator<String> change) {
    TensorShapeProto.Builder changed = shape.toBuilder();
    for (TensorShapeProto.Dimension.Builder dimension : changed.getDimBuilderList()) {
      if (dimension.hasDimParam() && !dimension.getDimParam().isEmpty()) {
        dimension.setDimParam(change.apply(dimension.getDimParam()));
      }
    }
    return changed.build();
  }
}
