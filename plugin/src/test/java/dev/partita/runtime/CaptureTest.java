package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CaptureTest {
  @TempDir Path folder;
  private InferenceSession session;
  private DataSet data;

  @BeforeEach
  void open() {
    Random random = new Random(7);
    float[] weight = new float[64 * 33];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) random.nextGaussian();
    }
    session = InferenceSession.open(TestModels.matMul(folder.resolve("m"), 64, 33, weight));
    data = DataSet.read("random:203", session.inputs(), 1);
  }

  @AfterEach
  void close() {
    session.close();
  }

  @Test
  void bytesAreTheSameForAnyNumberOfThreads() throws InterruptedException {
    assertThat(hash(4)).isEqualTo(hash(1));
  }

  private String hash(int threads) throws InterruptedException {
    Hasher hasher = Hashing.sha256().newHasher();
    List<Integer> samples = new ArrayList<>();
    Capture.stream(
        session,
        data,
        10,
        List.of("y"),
        Workers.of(threads),
        (batch, outputs) -> {
          samples.add(batch.firstSample());
          assertThat(outputs.get("y").shape().get(0)).isEqualTo(batch.samples());
          hasher.putBytes(outputs.get("y").data());
        });
    assertThat(samples).hasSize(21).isSorted().last().isEqualTo(200);
    return hasher.hash().toString();
  }

  @Test
  void exceptionsOfConsumerAndSessionArePassedOn() {
    IllegalStateException mine = new IllegalStateException("enough");
    assertThatThrownBy(
            () ->
                Capture.stream(
                    session,
                    data,
                    10,
                    List.of("y"),
                    Workers.of(4),
                    (batch, outputs) -> {
                      throw mine;
                    }))
        .isSameAs(mine);
    assertThatThrownBy(
            () ->
                Capture.stream(
                    session, data, 10, List.of("z"), Workers.of(4), (batch, outputs) -> {}))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("has no output \"z\"");
  }

  @Test
  void anInterruptEndsTheStream() {
    List<Batch> seen = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Capture.stream(
                    session,
                    data,
                    1,
                    List.of("y"),
                    Workers.of(2),
                    (batch, outputs) -> {
                      seen.add(batch);
                      Thread.currentThread().interrupt();
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
    assertThat(seen).hasSize(1);
  }

  @Test
  void sessionsOfSeveralThreadsAreRefused() {
    try (InferenceSession wide =
        InferenceSession.open(session.model(), SessionOptions.SINGLE_THREADED.withThreads(2))) {
      assertThatThrownBy(
              () ->
                  Capture.stream(
                      wide, data, 1, List.of("y"), Workers.of(1), (batch, outputs) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Capture needs a session with 1 thread");
    }
    assertThatThrownBy(
            () ->
                Capture.stream(
                    session, data, 1, List.of("y"), Workers.of(0), (batch, outputs) -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
