package dev.partita.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.SequenceInfo;
import ai.onnxruntime.TensorInfo;
import com.google.common.hash.Hashing;
import dev.partita.model.ElementType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Outputs that are not tensors of numbers and can be compared all the same: texts, as the classes
 * of a classifier, become one number for each text; the maps of a ZipMap, one for each sample,
 * become rows of scores in the order of their keys.
 */
final class TextOutputs {

  private TextOutputs() {}

  /** How an output looks when it is converted; empty where it cannot be. */
  static Optional<TensorDescription> describe(NodeInfo output) {
    if (output.getInfo() instanceof TensorInfo info) {
      return info.type == OnnxJavaType.STRING
          ? Optional.of(TensorDescription.of(output.getName(), ElementType.INT64, dimensions(info)))
          : Optional.empty();
    }
    return output.getInfo() instanceof SequenceInfo sequence
            && sequence.isSequenceOfMaps()
            && sequence.mapInfo.valueType == OnnxJavaType.FLOAT
        ? Optional.of(TensorDescription.of(output.getName(), ElementType.FLOAT, -1, -1))
        : Optional.empty();
  }

  private static long[] dimensions(TensorInfo info) {
    long[] shape = info.getShape().clone();
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = Math.max(-1, shape[axis]);
    }
    return shape;
  }

  /**
   * The number of a text: equal for equal texts, and of two others different but for chance. It has
   * 53 bits, so that figures may pass it on as a double.
   */
  static long code(String text) {
    return Hashing.sha256().hashString(text, StandardCharsets.UTF_8).asLong() >>> 11;
  }

  /** Converts what came out; maps need one key set for all samples. */
  static Tensor read(OnnxValue value) throws OrtException {
    return value instanceof OnnxTensor tensor ? codes(tensor) : scores((OnnxSequence) value);
  }

  private static Tensor codes(OnnxTensor tensor) throws OrtException {
    Tensor codes = Tensor.allocate(ElementType.INT64, tensor.getInfo().getShape());
    List<String> texts = new ArrayList<>();
    flatten(tensor.getValue(), texts);
    for (int i = 0; i < codes.elements(); i++) {
      codes.data().putLong(i * Long.BYTES, code(texts.get(i)));
    }
    return codes;
  }

  private static void flatten(Object value, List<String> texts) {
    if (value instanceof Object[] parts) {
      for (Object part : parts) {
        flatten(part, texts);
      }
    } else {
      texts.add((String) value);
    }
  }

  private static Tensor scores(OnnxSequence sequence) throws OrtException {
    List<Map<?, ?>> maps = new ArrayList<>();
    for (OnnxValue each : sequence.getValue()) {
      try (each) {
        maps.add(((OnnxMap) each).getValue());
      }
    }
    List<Object> keys =
        maps.isEmpty() ? List.of() : new ArrayList<>(new TreeSet<Object>(maps.get(0).keySet()));
    float[] scores = new float[maps.size() * keys.size()];
    for (int row = 0; row < maps.size(); row++) {
      for (int column = 0; column < keys.size(); column++) {
        Object score = maps.get(row).get(keys.get(column));
        scores[row * keys.size() + column] =
            score instanceof Number number ? number.floatValue() : Float.NaN;
      }
    }
    return Tensor.of(scores, maps.size(), keys.size());
  }
}
