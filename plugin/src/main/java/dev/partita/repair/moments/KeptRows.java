package dev.partita.repair.moments;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;

/** Batches of inputs and residuals, outside the heap. */
final class KeptRows implements AutoCloseable {

  private final List<Batch> batches = new ArrayList<>();

  private record Batch(DoublePointer x, DoublePointer d, int rows) {
    void close() {
      x.close();
      d.close();
    }
  }

  /** Takes a batch. */
  interface Consumer {
    void accept(DoublePointer x, DoublePointer d, int rows);
  }

  /** Keeps a batch, and closes it later. */
  void add(DoublePointer x, DoublePointer d, int rows) {
    batches.add(new Batch(x, d, rows));
  }

  /** Hands over every batch in order and keeps none. */
  void drain(Consumer consumer) {
    for (Batch batch : batches) {
      consumer.accept(batch.x(), batch.d(), batch.rows());
      batch.close();
    }
    batches.clear();
  }

  /** All inputs less a point, {@code [rows, K]}. The caller closes it. */
  DoublePointer inputsAbout(double[] point, long rows) {
    return about(point, rows, true);
  }

  /** All residuals less a point, {@code [rows, N]}. The caller closes it. */
  DoublePointer outputsAbout(double[] point, long rows) {
    return about(point, rows, false);
  }

  private DoublePointer about(double[] point, long rows, boolean inputs) {
    DoublePointer all = new DoublePointer(rows * point.length);
    long at = 0;
    for (Batch batch : batches) {
      double[] values = new double[Math.multiplyExact(batch.rows(), point.length)];
      (inputs ? batch.x() : batch.d()).get(values);
      for (int i = 0; i < values.length; i++) {
        values[i] -= point[i % point.length];
      }
      all.position(at).put(values, 0, values.length);
      at += values.length;
    }
    return all.position(0);
  }

  @Override
  public void close() {
    batches.forEach(Batch::close);
    batches.clear();
  }
}
