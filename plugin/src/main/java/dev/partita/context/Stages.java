package dev.partita.context;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import dev.partita.report.schema.OptimizationReport.RunInfo;
import dev.partita.report.schema.OptimizationReport.Stage;
import dev.partita.spi.ProgressListener;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Runs the stages of a run in order, tells the listener, and keeps what differs from run to run.
 */
public final class Stages {

  private final ProgressListener listener;
  private final int threads;
  private final Map<String, Long> millis = new LinkedHashMap<>();
  private final Deque<String> running = new ArrayDeque<>();

  public Stages(ProgressListener listener, int threads) {
    this.listener = listener;
    this.threads = threads;
    heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  /**
   * Runs a stage; one that runs again adds to its time. What a stage runs under its own name is a
   * part of it.
   */
  public <T> T run(String stage, Callable<T> work) throws InterruptedException {
    if (running.contains(stage)) {
      return called(work);
    }
    Stopwatch watch = Stopwatch.createStarted();
    listener.stageStarted(stage);
    running.push(stage);
    try {
      return called(work);
    } finally {
      running.pop();
      millis.merge(stage, watch.elapsed(TimeUnit.MILLISECONDS), Long::sum);
      listener.stageFinished(stage);
    }
  }

  private static <T> T called(Callable<T> work) throws InterruptedException {
    try {
      return work.call();
    } catch (RuntimeException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Who hears how far it is. */
  public ProgressListener listener() {
    return listener;
  }

  /** Tells how far the current stage is. */
  public void progress(String stage, double done) {
    listener.progress(stage, done);
  }

  /** Tells what is worth knowing at once and may differ from run to run. */
  public void note(String message) {
    listener.note(message);
  }

  public RunInfo info() {
    ImmutableList<Stage> stages =
        millis.entrySet().stream()
            .map(entry -> new Stage(entry.getKey(), entry.getValue()))
            .collect(ImmutableList.toImmutableList());
    // The pools need not peak together, so that their sum may pass what the heap can hold.
    long sum = heapPools().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    long peak = Math.min(sum, Runtime.getRuntime().maxMemory());
    return new RunInfo(stages, peak, threads);
  }

  private static ImmutableList<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .collect(ImmutableList.toImmutableList());
  }
}
