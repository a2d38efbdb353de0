package dev.partita.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import dev.partita.model.TemporaryFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Times of nodes, from ONNX Runtime's own profile. */
public final class NodeTimes {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String KERNEL = "_kernel_time";

  private NodeTimes() {}

  /**
   * Runs a model several times and returns, for each node that ran, the microseconds of each run in
   * order. Nodes are those of the optimized graph: one that was fused has the name that ONNX
   * Runtime gave to what it was fused to, which begins with the name of one of them.
   *
   * @throws RuntimeFailure if the model cannot be loaded or run
   */
  public static ImmutableListMultimap<String, Double> micros(
      Path model, int threads, Map<String, Tensor> inputs, int runs) {
    try (TemporaryFolder folder = TemporaryFolder.ofSystem("partita-profile-")) {
      Path profile = profile(model, threads, inputs, runs, folder.path());
      ImmutableListMultimap.Builder<String, Double> times = ImmutableListMultimap.builder();
      for (JsonNode event : MAPPER.readTree(profile.toFile())) {
        String name = event.path("name").asText();
        if (event.path("cat").asText().equals("Node") && name.endsWith(KERNEL)) {
          times.put(
              name.substring(0, name.length() - KERNEL.length()), event.path("dur").asDouble());
        }
      }
      return times.build();
    } catch (OrtException failure) {
      throw Ort.failure(model, "cannot be profiled", failure);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot read the profile of " + model, failure);
    }
  }

  private static Path profile(
      Path model, int threads, Map<String, Tensor> inputs, int runs, Path folder)
      throws OrtException {
    List<AutoCloseable> opened = new ArrayList<>();
    try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
      settings.setIntraOpNumThreads(threads);
      settings.setInterOpNumThreads(1);
      settings.enableProfiling(folder.resolve("profile").toString());
      try (OrtSession session =
          Ort.environment().createSession(model.toAbsolutePath().toString(), settings)) {
        ImmutableMap.Builder<String, OnnxTensor> fed = ImmutableMap.builder();
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
          fed.put(input.getKey(), Ort.toOnnx(input.getValue(), opened));
        }
        ImmutableMap<String, OnnxTensor> values = fed.buildOrThrow();
        for (int run = 0; run < runs; run++) {
          session.run(values).close();
        }
        return Path.of(session.endProfiling());
      }
    } finally {
      Ort.closeAll(opened);
    }
  }
}
