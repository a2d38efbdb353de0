package dev.partita.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.SparseTensorProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TrainingInfoProto;

/**
 * The exact size of a model as it would be written. Protobuf's own figure is an int, which turns
 * negative past 2 GiB, just where it is needed; so whatever holds tensors is added up here in 64
 * bits, and only what cannot be large is left to protobuf.
 */
final class MessageSize {

  private MessageSize() {}

  /** In bytes. */
  static long of(ModelProto model) {
    ModelProto.Builder rest = model.toBuilder().clearGraph().clearFunctions().clearTrainingInfo();
    long size = rest.build().getSerializedSize();
    if (model.hasGraph()) {
      size += field(ModelProto.GRAPH_FIELD_NUMBER, graph(model.getGraph()));
    }
    for (FunctionProto function : model.getFunctionsList()) {
      size += field(ModelProto.FUNCTIONS_FIELD_NUMBER, function(function));
    }
    for (TrainingInfoProto training : model.getTrainingInfoList()) {
      size += field(ModelProto.TRAINING_INFO_FIELD_NUMBER, training(training));
    }
    return size;
  }

  private static long function(FunctionProto function) {
    long size = function.toBuilder().clearNode().build().getSerializedSize();
    for (NodeProto node : function.getNodeList()) {
      size += field(FunctionProto.NODE_FIELD_NUMBER, node(node));
    }
    return size;
  }

  private static long training(TrainingInfoProto training) {
    TrainingInfoProto.Builder rest = training.toBuilder().clearInitialization().clearAlgorithm();
    long size = rest.build().getSerializedSize();
    if (training.hasInitialization()) {
      size +=
          field(TrainingInfoProto.INITIALIZATION_FIELD_NUMBER, graph(training.getInitialization()));
    }
    if (training.hasAlgorithm()) {
      size += field(TrainingInfoProto.ALGORITHM_FIELD_NUMBER, graph(training.getAlgorithm()));
    }
    return size;
  }

  private static long graph(GraphProto graph) {
    GraphProto.Builder rest =
        graph.toBuilder().clearNode().clearInitializer().clearSparseInitializer();
    long size = rest.build().getSerializedSize();
    for (NodeProto node : graph.getNodeList()) {
      size += field(GraphProto.NODE_FIELD_NUMBER, node(node));
    }
    for (TensorProto tensor : graph.getInitializerList()) {
      size += field(GraphProto.INITIALIZER_FIELD_NUMBER, tensor(tensor));
    }
    for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
      size += field(GraphProto.SPARSE_INITIALIZER_FIELD_NUMBER, sparse(sparse));
    }
    return size;
  }

  private static long node(NodeProto node) {
    long size = node.toBuilder().clearAttribute().build().getSerializedSize();
    for (AttributeProto attribute : node.getAttributeList()) {
      size += field(NodeProto.ATTRIBUTE_FIELD_NUMBER, attribute(attribute));
    }
    return size;
  }

  private static long attribute(AttributeProto attribute) {
    AttributeProto.Builder rest =
        attribute.toBuilder()
            .clearT()
            .clearG()
            .clearSparseTensor()
            .clearTensors()
            .clearGraphs()
            .clearSparseTensors();
    long size = rest.build().getSerializedSize();
    if (attribute.hasT()) {
      size += field(AttributeProto.T_FIELD_NUMBER, tensor(attribute.getT()));
    }
    if (attribute.hasG()) {
      size += field(AttributeProto.G_FIELD_NUMBER, graph(attribute.getG()));
    }
    if (attribute.hasSparseTensor()) {
      size += field(AttributeProto.SPARSE_TENSOR_FIELD_NUMBER, sparse(attribute.getSparseTensor()));
    }
    for (TensorProto tensor : attribute.getTensorsList()) {
      size += field(AttributeProto.TENSORS_FIELD_NUMBER, tensor(tensor));
    }
    for (GraphProto graph : attribute.getGraphsList()) {
      size += field(AttributeProto.GRAPHS_FIELD_NUMBER, graph(graph));
    }
    for (SparseTensorProto sparse : attribute.getSparseTensorsList()) {
      size += field(AttributeProto.SPARSE_TENSORS_FIELD_NUMBER, sparse(sparse));
    }
    return size;
  }

  private static long sparse(SparseTensorProto sparse) {
    long size = sparse.toBuilder().clearValues().clearIndices().build().getSerializedSize();
    if (sparse.hasValues()) {
      size += field(SparseTensorProto.VALUES_FIELD_NUMBER, tensor(sparse.getValues()));
    }
    if (sparse.hasIndices()) {
      size += field(SparseTensorProto.INDICES_FIELD_NUMBER, tensor(sparse.getIndices()));
    }
    return size;
  }

  private static long tensor(TensorProto tensor) {
    if (!tensor.hasRawData()) {
      return tensor.getSerializedSize();
    }
    ByteString raw = tensor.getRawData();
    return tensor.toBuilder().clearRawData().build().getSerializedSize()
        + field(TensorProto.RAW_DATA_FIELD_NUMBER, raw.size());
  }

  /** A field of a length: its tag, the length, and as many bytes. */
  private static long field(int number, long length) {
    return (long) CodedOutputStream.computeTagSize(number)
        + CodedOutputStream.computeUInt64SizeNoTag(length)
        + length;
  }
}
