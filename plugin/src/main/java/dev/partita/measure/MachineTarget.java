package dev.partita.measure;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import dev.partita.accelerator.Bandwidth;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * This machine as a target file: a core is an accelerator, a cycle a nanosecond. Only what was
 * measured says so; energy is not, and counts multiply-accumulates alone.
 */
public final class MachineTarget {

  private static final int CYCLES_PER_MICRO = 1000;

  private MachineTarget() {}

  /**
   * The target as YAML.
   *
   * @param name of the target
   * @param measured on one core
   * @param cores how many accelerators it has
   * @param workingSet bytes of the weights that a run reads, over and over, for a target whose DRAM
   *     has the one bandwidth that was measured there; null for the whole curve
   */
  public static String yaml(
      String name, Calibration.Result measured, int cores, @Nullable Long workingSet) {
    long multipliers = Math.max(1, Math.round(measured.macsPerNano()));
    Bandwidth curve = rounded(measured.bytesPerNano());
    Bandwidth dram = workingSet == null ? curve : rounded(Bandwidth.of(curve.at(workingSet)));
    String source = "measured on one core through ONNX Runtime, by the working set in bytes";
    if (workingSet != null) {
      source += ": " + curve.text() + "; this is for " + workingSet + " bytes";
    }
    return """
    name: "%s"
    accelerators: %d
    clock_mhz: %d
    word_bits: 32
    array: {rows: 1, columns: %d, dataflow: spatial}
    register_file_bytes: 64
    buffer: {bytes: 1048576, double_buffered: false, bytes_per_cycle: null}
    dram: {bytes_per_cycle: %s, sharing: shared}
    link: {bytes_per_cycle: %s, latency_cycles: 0, hops: 1}
    energy_unit: mac
    energy: {mac: 1, register_file: 0, array: 0, buffer: 0, dram: 0, link_hop: 0, static_per_cycle: 0}
    sources:
      accelerators: "the number of processors that Java reports"
      clock_mhz: "a cycle is a nanosecond"
      word_bits: "float32"
      array: "measured: %s multiply-accumulates in a nanosecond on one core through ONNX Runtime"
      register_file_bytes: "assumed: enough for the words that the dataflow keeps"
      buffer: "assumed: 1 MiB of cache per core"
      dram.bytes_per_cycle: "%s"
      dram.sharing: "assumed: all cores share one memory"
      link: "assumed: cores exchange values through that memory"
      energy_unit: "not measured"
      energy: "not measured: only multiply-accumulates are counted"
    """
        .formatted(
            name,
            cores,
            CYCLES_PER_MICRO,
            multipliers,
            dram.text(),
            Bandwidth.of(dram.bytesPerCycle()).text(),
            decimal(measured.macsPerNano()),
            source);
  }

  /** As many digits as a measurement has. */
  private static Bandwidth rounded(Bandwidth measured) {
    return new Bandwidth(
        ImmutableSortedMap.copyOf(
            Maps.transformValues(
                measured.byWorkingSet(), value -> Double.valueOf(decimal(value)))));
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
