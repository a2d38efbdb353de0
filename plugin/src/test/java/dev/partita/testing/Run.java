package dev.partita.testing;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.ValueInfoProto;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Runs models in ONNX Runtime, without any code of the library. */
public final class Run {

  private Run() {}

  /** Seeded normal float32 inputs; a symbolic dimension becomes {@code symbolic}. */
  public static Map<String, float[]> inputs(ModelProto model, int symbolic, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, float[]> inputs = new LinkedHashMap<>();
    for (ValueInfoProto input : model.getGraph().getInputList()) {
      if (isInitializer(model, input.getName())) {
        continue;
      }
      int size = 1;
      for (long dim : shape(input, symbolic)) {
        size = Math.multiplyExact(size, Math.toIntExact(dim));
      }
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = (float) random.nextGaussian();
      }
      inputs.put(input.getName(), values);
    }
    return inputs;
  }

  private static boolean isInitializer(ModelProto model, String name) {
    return model.getGraph().getInitializerList().stream().anyMatch(t -> t.getName().equals(name));
  }

  private static long[] shape(ValueInfoProto input, int symbolic) {
    return input.getType().getTensorType().getShape().getDimList().stream()
        .mapToLong(dim -> dim.getValueCase() == DIM_VALUE ? dim.getDimValue() : symbolic)
        .toArray();
  }

  private static final TensorShapeProto.Dimension.ValueCase DIM_VALUE =
      TensorShapeProto.Dimension.ValueCase.DIM_VALUE;

  /** The outputs for float32 inputs, by name. */
  public static Map<String, float[]> outputs(
      ModelProto model, Map<String, float[]> inputs, int symbolic, boolean optimized) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      options.setIntraOpNumThreads(1);
      options.setOptimizationLevel(
          optimized
              ? OrtSession.SessionOptions.OptLevel.ALL_OPT
              : OrtSession.SessionOptions.OptLevel.NO_OPT);
      for (ValueInfoProto input : model.getGraph().getInputList()) {
        float[] values = inputs.get(input.getName());
        if (values != null) {
          tensors.put(
              input.getName(),
              OnnxTensor.createTensor(
                  environment, FloatBuffer.wrap(values), shape(input, symbolic)));
        }
      }
      try (OrtSession session = environment.createSession(model.toByteArray(), options);
          OrtSession.Result result = session.run(tensors)) {
        Map<String, float[]> outputs = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxValue> entry : result) {
          if (entry.getValue() instanceof OnnxTensor tensor && tensor.getFloatBuffer() != null) {
            FloatBuffer buffer = tensor.getFloatBuffer();
            float[] values = new float[buffer.remaining()];
            buffer.get(values);
            outputs.put(entry.getKey(), values);
          }
        }
        return outputs;
      }
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  /** L2 norm of the difference over L2 norm of the first; 0 where both are zero. */
  public static double relativeError(float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      return Double.POSITIVE_INFINITY;
    }
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Float.compare(expected[i], actual[i]) == 0) {
        // Equal, NaN and infinities included.
        norm += Float.isFinite(expected[i]) ? (double) expected[i] * expected[i] : 0;
        continue;
      }
      double d = (double) expected[i] - actual[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
    }
    return difference == 0 ? 0 : Math.sqrt(difference / norm);
  }
}
