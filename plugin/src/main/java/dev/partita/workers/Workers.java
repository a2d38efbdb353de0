package dev.partita.workers;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a run: the calling thread and, with N threads, N - 1 others. The caller takes its
 * share of the work instead of waiting, so N threads compute at most, nested calls cannot block
 * each other, and with one thread everything happens on the caller.
 *
 * <p>Which thread computes what is not defined. Callers keep results independent of it: each item
 * writes to a place of its own, and sums are taken in the order of the items.
 */
public final class Workers implements AutoCloseable {

  private final int threads;
  private final @Nullable ExecutorService others;

  private Workers(int threads) {
    this.threads = threads;
    this.others =
        threads == 1
            ? null
            : Executors.newFixedThreadPool(
                threads - 1,
                new ThreadFactoryBuilder()
                    .setNameFormat("partita-worker-%d")
                    .setDaemon(true)
                    .build());
  }

  /**
   * So many threads, the caller included; no thread is started before there is work for it.
   *
   * @param threads at least 1; with 1 there is nothing to close
   * @throws IllegalArgumentException if it is less
   */
  public static Workers of(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("Workers need at least 1 thread, not " + threads + ".");
    }
    return new Workers(threads);
  }

  /** How many threads compute at a time, the caller included. */
  public int threads() {
    return threads;
  }

  /**
   * Visits 0 to count - 1, each once, in no order, and returns when all visits have ended.
   *
   * @throws RuntimeException of the first visit that fails; visits not yet begun are then left out
   */
  public void forEach(int count, IntConsumer visit) {
    if (others == null || count < 2) {
      for (int i = 0; i < count; i++) {
        visit.accept(i);
      }
      return;
    }
    Visits visits = new Visits(count, visit);
    for (int helper = 1; helper < Math.min(threads, count); helper++) {
      others.execute(visits);
    }
    visits.run();
    visits.await();
  }

  /** Items that are handed out one by one to whoever asks. */
  private static final class Visits implements Runnable {
    private final int count;
    private final IntConsumer visit;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    // Counts items and not threads: a helper that the pool has not started yet is not waited for.
    private final CountDownLatch left;

    Visits(int count, IntConsumer visit) {
      this.count = count;
      this.visit = visit;
      this.left = new CountDownLatch(count);
    }

    @Override
    public void run() {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        try {
          if (failure.get() == null) {
            visit.accept(i);
          }
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        } finally {
          left.countDown();
        }
      }
    }

    void await() {
      Uninterruptibles.awaitUninterruptibly(left);
      Throwable thrown = failure.get();
      if (thrown != null) {
        Throwables.throwIfUnchecked(thrown);
      }
    }
  }

  /**
   * Computes something of each item, several at a time, and hands over the results in the order of
   * the items, on the calling thread. At most {@link #threads} + 1 results are held at a time.
   *
   * @param compute may run on any of the threads
   * @param consume its exception ends the stream and is passed on, as that of {@code compute} is
   * @throws InterruptedException if the calling thread is interrupted; nothing is being computed
   *     any more when it is thrown
   */
  public <T, R> void inOrder(Iterable<T> items, Function<T, R> compute, Consumer<R> consume)
      throws InterruptedException {
    Deque<Task<R>> held = new ArrayDeque<>();
    try {
      Iterator<T> next = items.iterator();
      while (next.hasNext() || !held.isEmpty()) {
        while (next.hasNext() && held.size() <= (others == null ? 0 : threads)) {
          T item = next.next();
          Task<R> task = new Task<>(() -> compute.apply(item));
          held.add(task);
          if (others != null) {
            others.execute(task);
          }
        }
        help(held);
        R result = held.element().result();
        held.remove();
        consume.accept(result);
      }
    } finally {
      // The caller may next close what the items are computed with.
      held.forEach(Task::end);
    }
  }

  /**
   * Computes something while the caller does something else; with one thread, or where no other has
   * begun it by then, it is computed when the result is asked for.
   */
  public <R> Supplier<R> start(Supplier<R> compute) {
    Task<R> task = new Task<>(compute);
    if (others != null) {
      others.execute(task);
    }
    return () -> {
      task.run();
      Uninterruptibles.awaitUninterruptibly(task.done);
      return task.outcome();
    };
  }

  /** Computes on the calling thread what no other has begun, until the first result is there. */
  private static <R> void help(Deque<Task<R>> held) {
    for (Task<R> task : held) {
      if (held.element().isDone()) {
        return;
      }
      task.run();
    }
  }

  /** One computation, which the first thread to call {@link #run} carries out. */
  private static final class Task<R> implements Runnable {
    private final Supplier<R> compute;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch done = new CountDownLatch(1);
    private @Nullable R result;
    private @Nullable Throwable failure;

    Task(Supplier<R> compute) {
      this.compute = compute;
    }

    @Override
    public void run() {
      if (begun.compareAndSet(false, true)) {
        try {
          result = compute.get();
        } catch (RuntimeException | Error e) {
          failure = e;
        } finally {
          done.countDown();
        }
      }
    }

    boolean isDone() {
      return done.getCount() == 0;
    }

    R result() throws InterruptedException {
      // A latch that is open does not check for an interrupt.
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      done.await();
      return outcome();
    }

    private R outcome() {
      if (failure != null) {
        Throwables.throwIfUnchecked(failure);
      }
      return Objects.requireNonNull(result);
    }

    /** Returns when the computation has ended, and prevents it if it has not begun. */
    void end() {
      if (!begun.compareAndSet(false, true)) {
        Uninterruptibles.awaitUninterruptibly(done);
      }
    }
  }

  /** Ends the threads; returns when nothing is being computed any more. */
  @Override
  public void close() {
    if (others != null) {
      others.shutdownNow();
      Uninterruptibles.awaitTerminationUninterruptibly(others);
    }
  }
}
