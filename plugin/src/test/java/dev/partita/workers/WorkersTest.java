package dev.partita.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void visitsEachNumberOnce(int threads) {
    try (Workers workers = Workers.of(threads)) {
      for (int count : new int[] {0, 1, 2, 1000}) {
        AtomicIntegerArray visits = new AtomicIntegerArray(count);
        workers.forEach(count, visits::incrementAndGet);
        for (int i = 0; i < count; i++) {
          assertThat(visits.get(i)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void oneThreadIsTheCaller() throws InterruptedException {
    Workers workers = Workers.of(1);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    workers.forEach(100, i -> seen.add(Thread.currentThread()));
    workers.inOrder(
        List.of(1, 2, 3),
        i -> {
          seen.add(Thread.currentThread());
          return i;
        },
        i -> seen.add(Thread.currentThread()));
    assertThat(seen).containsExactly(Thread.currentThread());
  }

  @Test
  void severalThreadsComputeAtOnceTheCallerAmongThem() {
    try (Workers workers = Workers.of(3)) {
      Set<Thread> seen = ConcurrentHashMap.newKeySet();
      // Each visit waits for two others: with fewer threads this would never end.
      CyclicBarrier barrier = new CyclicBarrier(3);
      workers.forEach(
          3,
          i -> {
            seen.add(Thread.currentThread());
            meet(barrier);
          });
      assertThat(seen).hasSize(3).contains(Thread.currentThread());
    }
  }

  @Test
  void neverMoreThanSoManyComputeAlsoWhereCallsAreNested() throws InterruptedException {
    try (Workers workers = Workers.of(3)) {
      AtomicInteger computing = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      AtomicInteger all = new AtomicInteger();
      workers.inOrder(
          IntStream.range(0, 20).boxed().toList(),
          item -> {
            most.accumulateAndGet(computing.incrementAndGet(), Math::max);
            Thread.onSpinWait();
            computing.decrementAndGet();
            return item;
          },
          item ->
              workers.forEach(
                  10,
                  i -> {
                    most.accumulateAndGet(computing.incrementAndGet(), Math::max);
                    all.incrementAndGet();
                    computing.decrementAndGet();
                  }));
      assertThat(all).hasValue(200);
      assertThat(most.get()).isBetween(1, 3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void resultsArriveInOrderOnTheCaller(int threads) throws InterruptedException {
    try (Workers workers = Workers.of(threads)) {
      List<Integer> arrived = new ArrayList<>();
      AtomicInteger begun = new AtomicInteger();
      workers.inOrder(
          IntStream.range(0, 200).boxed().toList(),
          item -> {
            begun.incrementAndGet();
            return item;
          },
          item -> {
            assertThat(begun.get() - arrived.size()).isLessThanOrEqualTo(threads + 1);
            arrived.add(item);
          });
      assertThat(arrived).hasSize(200).isSorted();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void whatWasStartedIsComputedOnce(int threads) {
    try (Workers workers = Workers.of(threads)) {
      AtomicInteger computed = new AtomicInteger();
      Supplier<Integer> started = workers.start(computed::incrementAndGet);
      assertThat(started.get()).isEqualTo(1);
      assertThat(started.get()).isEqualTo(1);
      Supplier<Integer> failing =
          workers.start(
              () -> {
                throw new IllegalStateException("enough");
              });
      assertThatThrownBy(failing::get).hasMessage("enough");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void failuresArePassedOn(int threads) {
    try (Workers workers = Workers.of(threads)) {
      IllegalStateException mine = new IllegalStateException("enough");
      assertThatThrownBy(
              () ->
                  workers.forEach(
                      50,
                      i -> {
                        if (i == 7) {
                          throw mine;
                        }
                      }))
          .isSameAs(mine);
      assertThatThrownBy(
              () ->
                  workers.inOrder(
                      List.of(1, 2, 3),
                      i -> {
                        throw mine;
                      },
                      i -> {}))
          .isSameAs(mine);
      assertThatThrownBy(
              () ->
                  workers.inOrder(
                      List.of(1, 2, 3),
                      i -> i,
                      i -> {
                        throw mine;
                      }))
          .isSameAs(mine);
    }
  }

  @Test
  void nothingIsBeingComputedWhenAnInterruptIsThrown() throws InterruptedException {
    try (Workers workers = Workers.of(2)) {
      CountDownLatch begun = new CountDownLatch(1);
      AtomicBoolean ended = new AtomicBoolean();
      Thread caller = Thread.currentThread();
      assertThatThrownBy(
              () ->
                  workers.inOrder(
                      List.of(0, 1, 2),
                      item -> {
                        if (Thread.currentThread() != caller) {
                          begun.countDown();
                          sleep();
                          ended.set(true);
                        } else {
                          join(begun);
                        }
                        return item;
                      },
                      item -> caller.interrupt()))
          .isInstanceOf(InterruptedException.class);
      assertThat(ended).isTrue();
      assertThat(Thread.interrupted()).isFalse();
    }
  }

  @Test
  void fewerThanOneAreRefused() {
    assertThatThrownBy(() -> Workers.of(0)).isInstanceOf(IllegalArgumentException.class);
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void join(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
