package dev.partita.accelerator;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.partita.Reported;
import org.jspecify.annotations.Nullable;

/**
 * An estimated cost on a target: of one product, of the dense layers of a region, or of a model.
 *
 * <p>Times are of the slowest accelerator; energy, MACs and DRAM bytes are summed over all of them.
 *
 * @param cycles clock cycles from start to end: for each layer the largest of the next three on the
 *     slowest accelerator, added up, plus {@code linkCycles}, which do not overlap
 * @param arrayCycles cycles in which the multiplier arrays are busy
 * @param dramCycles cycles in which DRAM is busy
 * @param bufferCycles cycles in which the on-chip buffer is busy; 0 where the target sets no limit
 * @param linkCycles cycles spent scattering inputs and gathering outputs between accelerators
 * @param conservativeCycles {@code cycles} and, for every layer, the load of its first input and
 *     weight tiles before anything can be computed and the store of its last output tile after it
 * @param latencyMicros {@code cycles} at the target's clock, in microseconds
 * @param energyMicrojoules total energy in microjoules; null where the target counts in units of
 *     one MAC
 * @param dramBytes bytes read from and written to DRAM
 * @param macs multiply-accumulate operations
 * @param boundBy the binding resource, the one most of the time is due to: {@code array}, {@code
 *     dram}, {@code buffer} or {@code link}
 * @param loadImbalance time of the slowest accelerator over the mean of those that work in
 *     parallel, over all stages in which several do; 1 where all end together, or only one works
 * @param energyBreakdown the terms of the energy, in the target's unit
 */
@Reported(
    name = "Cost",
    value =
        "The estimated cost of the dense layers for one run. Microseconds and "
            + "microjoules are None if the target has no such unit.")
@JsonPropertyOrder({
  "cycles",
  "arrayCycles",
  "dramCycles",
  "bufferCycles",
  "linkCycles",
  "overlappedCycles"
})
public record Estimate(
    long cycles,
    long arrayCycles,
    long dramCycles,
    long bufferCycles,
    long linkCycles,
    long conservativeCycles,
    double latencyMicros,
    @Nullable Double energyMicrojoules,
    long dramBytes,
    long macs,
    String boundBy,
    double loadImbalance,
    EnergyBreakdown energyBreakdown) {

  /**
   * Cycles on a machine that scatters and gathers while it computes: the longer of the two, a lower
   * bound for {@link #cycles()}.
   */
  @JsonProperty
  public long overlappedCycles() {
    return Math.max(linkCycles, cycles - linkCycles);
  }
}
