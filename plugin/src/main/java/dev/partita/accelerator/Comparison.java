package dev.partita.accelerator;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.partita.Reported;

/**
 * The three figures that are always compared, for the same dense layers and one DRAM sharing.
 *
 * @param denseOnOne the unpruned layers on one accelerator
 * @param denseOnAll the unpruned layers split by outputs over all accelerators
 * @param pruned the partition-pruned layers, one branch per accelerator
 */
@Reported(
    name = "Costs",
    value =
        "The three configurations that are compared. Ratios are relative to the dense "
            + "layers on one accelerator, or on all if the name says so.")
@JsonPropertyOrder({
  "denseOnOne",
  "denseOnAll",
  "pruned",
  "speedup",
  "energyRatio",
  "speedupOverDenseOnAll"
})
public record Comparison(Estimate denseOnOne, Estimate denseOnAll, Estimate pruned) {

  /** Time of dense on one over time of pruned. */
  @JsonProperty
  public double speedup() {
    return ratio(denseOnOne.cycles(), pruned.cycles());
  }

  /** Energy of dense on one over energy of pruned, whatever the unit. */
  @JsonProperty
  public double energyRatio() {
    return ratio(denseOnOne.energyBreakdown().total(), pruned.energyBreakdown().total());
  }

  /** Time of dense split over all accelerators over time of pruned: what pruning alone brings. */
  @JsonProperty
  public double speedupOverDenseOnAll() {
    return ratio(denseOnAll.cycles(), pruned.cycles());
  }

  private static double ratio(double before, double after) {
    return after == 0 ? (before == 0 ? 1 : Double.POSITIVE_INFINITY) : before / after;
  }
}
