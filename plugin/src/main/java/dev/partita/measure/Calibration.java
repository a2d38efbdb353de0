package dev.partita.measure;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.Doubles;
import dev.partita.UsageException;
import dev.partita.accelerator.Bandwidth;
import dev.partita.model.TemporaryFolder;
import dev.partita.runtime.NodeTimes;
import dev.partita.runtime.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * Measures what one core of this machine does through ONNX Runtime: how many bytes of weights it
 * reads in a second, by the size of the working set, and how many multiply-accumulates it does.
 *
 * <p>The first is the time of a product of one row with a weight of that size, over and over: what
 * fits a cache is read faster. The second is that of a product of many rows, where reading does not
 * count. Times are those of ONNX Runtime's own profile, without what a call costs around it.
 */
public final class Calibration {

  /** Smallest and largest working set, in bytes; each is four times the one before. */
  private static final long SMALLEST = 256L << 10;

  private static final long LARGEST = 1L << 30;

  private static final int COLUMNS = 1024;
  private static final int ROWS = 256;
  private static final int WARM_UP = 3;
  private static final int FEWEST_RUNS = 16;

  /** Of the times of a point: what else the machine does makes some longer, and none shorter. */
  private static final double QUANTILE = 0.25;

  /** How much a point reads in all, so that small ones are measured often enough. */
  private static final long BYTES_EACH = 1L << 30;

  private static final int MOST_RUNS = 200;
  private static final double NANOS_PER_MICRO = 1e3;

  /**
   * What was measured on one core.
   *
   * @param bytesPerNano bytes read in a nanosecond, which is the number of GB in a second, by the
   *     size of the working set
   * @param macsPerNano multiply-accumulates in a nanosecond, in float32
   */
  public record Result(Bandwidth bytesPerNano, double macsPerNano) {}

  private final Path folder;
  private final Path weights;

  private Calibration(Path folder) {
    this.folder = folder;
    this.weights = folder.resolve("weights.bin");
  }

  /** Measures up to the largest working set; takes some seconds and 1 GiB of temporary files. */
  public static Result measure() {
    return measure(LARGEST);
  }

  /**
   * Measures up to a given working set.
   *
   * @throws UsageException if it is smaller than the smallest that is measured
   */
  public static Result measure(long largest) {
    if (largest < SMALLEST) {
      throw new UsageException(
          "The working set of a calibration must have at least " + SMALLEST + " bytes.",
          "Give a larger working set.");
    }
    try (TemporaryFolder folder = TemporaryFolder.ofSystem("partita-calibration-")) {
      return new Calibration(folder.path()).run(largest);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write what is measured with", e);
    }
  }

  private Result run(long largest) throws IOException {
    writeWeights(largest);
    ImmutableSortedMap.Builder<Long, Double> curve = ImmutableSortedMap.naturalOrder();
    for (long bytes = SMALLEST; bytes <= largest; bytes *= 4) {
      int runs = (int) Math.min(MOST_RUNS, Math.max(FEWEST_RUNS, BYTES_EACH / bytes));
      int in = Math.toIntExact(bytes / Float.BYTES / COLUMNS);
      curve.put(bytes, bytes / (micros(1, in, runs) * NANOS_PER_MICRO));
    }
    // A weight of the smallest size, for many rows: read once, used for all of them.
    int in = Math.toIntExact(SMALLEST / Float.BYTES / COLUMNS);
    double macs = (double) ROWS * in * COLUMNS;
    double macsPerNano = macs / (micros(ROWS, in, MOST_RUNS) * NANOS_PER_MICRO);
    return new Result(new Bandwidth(curve.buildOrThrow()), macsPerNano);
  }

  /** Ordinary numbers: a processor may be slower with others, and pages of zeros may be shared. */
  private void writeWeights(long bytes) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; block.hasRemaining(); i++) {
      block.putFloat((i % 251 - 125) / 1000f);
    }
    try (FileChannel file =
        FileChannel.open(weights, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long done = 0; done < bytes; ) {
        block.rewind().limit((int) Math.min(block.capacity(), bytes - done));
        while (block.hasRemaining()) {
          done += file.write(block);
        }
      }
    }
  }

  private double micros(int rows, int in, int runs) throws IOException {
    Path model = ProductModel.write(folder, weights.getFileName().toString(), in, COLUMNS);
    Tensor input = Tensor.of(ones(rows * in), rows, in);
    List<Double> times =
        NodeTimes.micros(
                model, /* threads= */ 1, ImmutableMap.of(ProductModel.INPUT, input), WARM_UP + runs)
            .get(ProductModel.NODE);
    if (times.size() <= WARM_UP) {
      throw new IllegalStateException("the profile has no time of the product");
    }
    return Bench.quantile(Doubles.toArray(times.subList(WARM_UP, times.size())), QUANTILE);
  }

  private static float[] ones(int count) {
    float[] values = new float[count];
    Arrays.fill(values, 1);
    return values;
  }
}
