package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * How a session runs its model.
 *
 * @param intraOpThreads threads inside one operator, at least 1; 1 is what {@link Capture} asks for
 * @param optimized whether ONNX Runtime's graph optimizations are on
 * @param configuration further ONNX Runtime configuration entries, such as {@code
 *     session.layer_assignment_settings}
 */
public record SessionOptions(
    int intraOpThreads, boolean optimized, ImmutableMap<String, String> configuration) {

  /** One thread, all graph optimizations. */
  public static final SessionOptions SINGLE_THREADED =
      new SessionOptions(1, true, ImmutableMap.of());

  public SessionOptions {
    if (intraOpThreads < 1) {
      throw new IllegalArgumentException(
          "A session needs at least 1 thread, not " + intraOpThreads + ".");
    }
  }

  public SessionOptions withThreads(int threads) {
    return new SessionOptions(threads, optimized, configuration);
  }

  public SessionOptions withOptimized(boolean graphOptimizations) {
    return new SessionOptions(intraOpThreads, graphOptimizations, configuration);
  }

  public SessionOptions withConfiguration(Map<String, String> entries) {
    return new SessionOptions(intraOpThreads, optimized, ImmutableMap.copyOf(entries));
  }
}
