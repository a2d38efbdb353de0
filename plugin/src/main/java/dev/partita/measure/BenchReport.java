package dev.partita.measure;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.google.common.collect.ImmutableList;
import dev.partita.Reported;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, on the machine at hand.
 *
 * @param data the samples
 * @param batch samples of one run
 * @param rounds how often each subject had its turn
 * @param runs measured runs in a turn
 * @param subjects in the order in which they were given
 * @param layers dense layers of the first subject; empty where they were not asked for
 * @param warnings sentences that the user should read
 */
@Reported("The times that `bench` measured on this machine.")
@JsonPropertyOrder("warnings")
public record BenchReport(
    String data,
    int batch,
    int rounds,
    int runs,
    ImmutableList<Subject> subjects,
    ImmutableList<LayerTime> layers,
    ImmutableList<String> warnings) {

  /** What is measured. */
  public enum Kind {
    /** A model in one session. */
    MODEL,
    /** A folder of shards, one session a stage. */
    SHARDS,
    /** One accelerator's shard alone, its stages one after the other. */
    SHARD
  }

  /**
   * The times of one subject; a quarter of them lie below the lower quartile, a quarter above the
   * upper.
   *
   * @param path the file or folder
   * @param kind what of it
   * @param threads that it had
   * @param medianMicros of all measured runs, in microseconds
   * @param lowerQuartileMicros in microseconds
   * @param upperQuartileMicros in microseconds
   * @param leastMicros the fastest run, in microseconds
   * @param ratio the first subject's median over this one's: how many times faster this one is
   */
  @Reported(
      name = "BenchSubject",
      value =
          "The times of a model, of a folder of shards, or of one shard alone; `kind` is model, shards or shard.")
  public record Subject(
      String path,
      Kind kind,
      int threads,
      double medianMicros,
      double lowerQuartileMicros,
      double upperQuartileMicros,
      double leastMicros,
      double ratio) {}

  /**
   * A dense layer as ONNX Runtime's own profile times it, with the estimate.
   *
   * @param name the node
   * @param rows of the activation
   * @param in input features
   * @param out output features
   * @param weightBytes of its weight as stored, computed from its sizes and the word of the target
   * @param measuredMicros median; null where no kernel of that name ran
   * @param estimatedMicros on one accelerator of the target, with all DRAM bandwidth
   */
  @Reported(name = "BenchLayer", value = "The measured and the estimated time of a dense layer.")
  public record LayerTime(
      String name,
      long rows,
      long in,
      long out,
      long weightBytes,
      @Nullable Double measuredMicros,
      double estimatedMicros) {

    /** The estimate over the measurement; null where there is none. */
    public @Nullable Double estimateOverMeasured() {
      return measuredMicros == null ? null : estimatedMicros / measuredMicros;
    }
  }
}
