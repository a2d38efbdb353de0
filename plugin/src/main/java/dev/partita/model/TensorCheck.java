package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.onnx.TensorProto;

/** Whether a tensor of a file that was just parsed can be what it says. */
final class TensorCheck {

  private TensorCheck() {}

  /**
   * Checks the shape, and that a tensor in the file itself has as many elements as its shape asks
   * for. Types that are not known here pass; data in other files are checked where they are
   * located.
   *
   * @throws UnsupportedInputException naming file and tensor
   */
  static void require(OnnxModel model, TensorProto tensor) {
    String file = model.source().toString();
    long elements = Tensors.elements(file, tensor);
    int bits = ElementType.bits(tensor.getDataType());
    if (bits == 0 || ExternalData.isExternal(tensor)) {
      return;
    }
    if (tensor.hasRawData()) {
      requireLength(file, tensor, tensor.getRawData().size(), Tensors.byteSize(file, tensor));
    } else if (bits >= 8 && !isComplex(tensor)) {
      requireLength(file, tensor, typedElements(tensor), elements);
    }
  }

  private static boolean isComplex(TensorProto tensor) {
    int type = tensor.getDataType();
    return type == TensorProto.DataType.COMPLEX64_VALUE
        || type == TensorProto.DataType.COMPLEX128_VALUE;
  }

  private static long typedElements(TensorProto tensor) {
    return (long) tensor.getFloatDataCount()
        + tensor.getInt32DataCount()
        + tensor.getInt64DataCount()
        + tensor.getDoubleDataCount()
        + tensor.getUint64DataCount();
  }

  private static void requireLength(String file, TensorProto tensor, long found, long needed) {
    if (found != needed) {
      throw new UnsupportedInputException(
          "%s: tensor '%s' of type %s and shape %s needs %d %s and holds %d"
              .formatted(
                  file,
                  tensor.getName(),
                  ElementType.name(tensor.getDataType()),
                  tensor.getDimsList(),
                  needed,
                  tensor.hasRawData() ? "bytes" : "elements",
                  found),
          "The file is damaged; export the model again.");
    }
  }
}
