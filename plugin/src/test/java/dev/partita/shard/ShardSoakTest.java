package dev.partita.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.fixtures.Fixtures;
import dev.partita.model.ElementType;
import dev.partita.options.SelectionOptions;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.ShardFailure;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardedSession;
import dev.partita.runtime.Tensor;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many requests from many threads, one in a hundred of which makes a session fail: each answer is
 * the single file's, and what is outside the heap does not grow: tensors in any run, and all of it
 * in a long one, where what allocators and untouched pages of the heap do no longer counts. {@code
 * -Dpartita.soak=10000} sets how many; {@code tools/bench/soak.sh} runs that many.
 */
@Tag("slow")
class ShardSoakTest {

  private static final int REQUESTS = Integer.getInteger("partita.soak", 400);
  private static final int THREADS = 8;
  private static final int DIFFERENT = 16;
  private static final int FAILING = 100;

  /** What allocators may hold on to; a request that leaked its tensors would pass it soon. */
  private static final long MOST_GROWTH_BYTES = 256L << 20;

  private static final int LONG_RUN = 5000;
  private static final long MOST_TENSOR_GROWTH_BYTES = 8L << 20;

  @TempDir private Path folder;

  @Test
  void aSentenceEncoder() throws Exception {
    Path rewritten =
        Rewritten.of(
            Rewritten.miniLm(folder),
            Rewritten.options(4)
                .set(SelectionOptions.INCLUDE, ImmutableList.of())
                .set(SelectionOptions.MIN_BLOCK, 16)
                .build());
    List<ImmutableMap<String, Tensor>> requests =
        Rewritten.sentences(folder, rewritten, 1).subList(0, DIFFERENT);
    Tensor ids = Objects.requireNonNull(requests.get(0).get("input_ids"));
    Tensor unknown = Tensor.allocate(ElementType.INT64, ids.shape().toArray());
    unknown.data().putLong(0, 1_000_000_000L);
    ImmutableMap<String, Tensor> bad = replaced(requests.get(0), "input_ids", unknown);
    soak(rewritten, requests, bad, 1e-6f);
  }

  @Test
  void aClassifier() throws Exception {
    Path rewritten =
        Rewritten.of(
            Fixtures.fashionVgg(folder),
            Rewritten.options(4)
                .set(SelectionOptions.INCLUDE, ImmutableList.of())
                .set(SelectionOptions.MIN_BLOCK, 16)
                .build());
    List<ImmutableMap<String, Tensor>> requests;
    try (InferenceSession session = InferenceSession.open(rewritten)) {
      requests =
          DataSet.read(
                  Fixtures.fashionValidation(folder).toString(), session.inputs(), /* seed= */ 1)
              .batches(1)
              .subList(0, DIFFERENT)
              .stream()
              .map(Batch::inputs)
              .toList();
    }
    ImmutableMap<String, Tensor> bad =
        ImmutableMap.of("image", Tensor.allocate(ElementType.UINT8, 1, 28, 27));
    soak(rewritten, requests, bad, 0);
  }

  private static ImmutableMap<String, Tensor> replaced(
      Map<String, Tensor> request, String name, Tensor tensor) {
    ImmutableMap.Builder<String, Tensor> changed = ImmutableMap.builder();
    request.forEach((key, value) -> changed.put(key, key.equals(name) ? tensor : value));
    return changed.buildOrThrow();
  }

  private void soak(
      Path rewritten,
      List<ImmutableMap<String, Tensor>> requests,
      ImmutableMap<String, Tensor> bad,
      float tolerance)
      throws Exception {
    ShardManifest unused =
        Sharder.shard(rewritten, folder.resolve("shards"), ShardLayout.FOLDER, false);
    List<ImmutableMap<String, Tensor>> expected =
        requests.stream().map(request -> Rewritten.outputs(rewritten, request)).toList();
    long started = System.nanoTime();
    AtomicInteger failed = new AtomicInteger();
    List<Long> resident = new ArrayList<>();
    long tensorsBefore;
    long tensorsAfter;
    try (ShardedSession session = ShardedSession.open(folder.resolve("shards"))) {
      // The first ones fill arenas and pools, whose size depends on how many run side by side.
      ask(session, requests, expected, bad, tolerance, Math.max(100, REQUESTS / 5), failed);
      tensorsBefore = tensorBytes();
      resident.add(residentBytes());
      failed.set(0);
      for (int quarter = 0; quarter < 4; quarter++) {
        ask(session, requests, expected, bad, tolerance, REQUESTS / 4, failed);
        resident.add(residentBytes());
      }
      tensorsAfter = tensorBytes();
    }
    assertThat(failed.get()).as("requests that failed").isEqualTo(REQUESTS / 4 / FAILING * 4);
    System.out.printf(
        "%s: %d requests from %d threads in %.1f s, %d of them failed; native memory in MiB before and after each quarter: %s%n",
        rewritten.getFileName(),
        REQUESTS,
        THREADS,
        (System.nanoTime() - started) / 1e9,
        failed.get(),
        resident.stream().map(bytes -> bytes >> 20).toList());
    assertThat(tensorsAfter - tensorsBefore)
        .as("growth of tensors in bytes")
        .isLessThan(MOST_TENSOR_GROWTH_BYTES);
    if (REQUESTS >= LONG_RUN) {
      assertThat(resident.get(4) - resident.get(0)).as("growth").isLessThan(MOST_GROWTH_BYTES);
    }
  }

  private static void ask(
      ShardedSession session,
      List<ImmutableMap<String, Tensor>> requests,
      List<ImmutableMap<String, Tensor>> expected,
      ImmutableMap<String, Tensor> bad,
      float tolerance,
      int count,
      AtomicInteger failed)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    AtomicInteger next = new AtomicInteger();
    try {
      List<Future<?>> clients = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        clients.add(
            threads.submit(
                () -> {
                  for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                    if (i % FAILING == FAILING - 1) {
                      ShardFailure failure =
                          catchThrowableOfType(
                              ShardFailure.class, () -> Rewritten.outputs(session, bad));
                      assertThat(failure).hasMessageContaining("The shard \"rest\" failed");
                      failed.incrementAndGet();
                    } else {
                      assertEqual(
                          Rewritten.outputs(session, requests.get(i % requests.size())),
                          expected.get(i % requests.size()),
                          tolerance);
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void assertEqual(
      Map<String, Tensor> actual, Map<String, Tensor> expected, float tolerance) {
    if (tolerance == 0) {
      Rewritten.assertSameBytes(actual, expected);
      return;
    }
    expected.forEach(
        (name, tensor) -> {
          float[] values = Objects.requireNonNull(actual.get(name)).toFloats();
          float[] wanted = tensor.toFloats();
          assertThat(values).hasSameSizeAs(wanted);
          float largest = 0;
          for (int i = 0; i < wanted.length; i++) {
            largest = Math.max(largest, Math.abs(values[i] - wanted[i]));
          }
          assertThat(largest).as(name).isLessThanOrEqualTo(tolerance);
        });
  }

  /** Memory of tensors that something still refers to. */
  private static long tensorBytes() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      // Buffers are freed by a thread of the virtual machine's own, after the collection.
      Thread.sleep(100);
      for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
        if (pool.getName().equals("direct")) {
          least = Math.min(least, pool.getMemoryUsed());
        }
      }
    }
    return least;
  }

  /**
   * Memory of this process that is no file's, without the heap, once tensors that nothing refers to
   * are freed; 0 where Linux does not tell.
   */
  private static long residentBytes() throws IOException, InterruptedException {
    long unused = tensorBytes();
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    long kilobytes =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("RssAnon:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElse(0);
    return (kilobytes << 10) - Runtime.getRuntime().totalMemory();
  }
}
