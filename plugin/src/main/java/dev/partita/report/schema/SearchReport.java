package dev.partita.report.schema;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.Reported;
import dev.partita.dense.find.LayerKey;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import dev.partita.verify.Accuracy.GateResult;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a search measured and estimated.
 *
 * @param input the model
 * @param target what the estimates are for; its number of accelerators is that of the target itself
 * @param points in the order in which they were tried
 * @param complete whether everything planned was tried within the budget
 * @param warnings of all runs, each once
 */
@Reported("The choices that `search` tried; `complete` is False if the time ran out.")
@JsonPropertyOrder({"input", "warnings", "target", "complete", "points"})
public record SearchReport(
    InputInfo input,
    TargetInfo target,
    ImmutableList<Point> points,
    boolean complete,
    ImmutableList<String> warnings) {

  /**
   * One choice.
   *
   * @param accelerators P
   * @param strategy how blocks were chosen
   * @param bridgeRank of every region; 0 for none
   * @param leftAlone layers whose regions were left whole, with what a person calls them
   * @param gate the first condition of the gate, measured; null where nothing was cut
   * @param passed whether every condition of the gate holds
   * @param parameters of the rewritten model
   * @param estimate of the dense layers; null where none was found
   * @param time estimated cycles, with the DRAM sharing of the target
   * @param energy estimated, in the target's unit
   * @param fastFront whether no other point is at least as accurate and faster
   * @param leanFront whether no other point is at least as accurate and takes less energy
   */
  @Reported(
      name = "SearchPoint",
      value =
          "A choice of options that was tried, or the original if it has no metric. "
              + "`fronts` lists the Pareto fronts that contain it: time, energy.")
  @JsonPropertyOrder({
    "accelerators",
    "strategy",
    "bridgeRank",
    "leftAlone",
    "metric",
    "value",
    "standardError",
    "limit",
    "passed",
    "parameters",
    "cycles",
    "energy",
    "fronts",
    "estimate"
  })
  public record Point(
      int accelerators,
      Strategy strategy,
      int bridgeRank,
      @JsonIgnore ImmutableMap<LayerKey, String> leftAlone,
      @JsonIgnore @Nullable GateResult gate,
      boolean passed,
      long parameters,
      @Nullable RegionEstimate estimate,
      @JsonProperty("cycles") double time,
      double energy,
      @JsonIgnore boolean fastFront,
      @JsonIgnore boolean leanFront) {

    /** What a person calls the layers whose regions were left whole. */
    @JsonProperty("leftAlone")
    public ImmutableList<String> namesLeftAlone() {
      return leftAlone.values().asList();
    }

    /** The gate's metric; null where nothing was cut. */
    @JsonProperty
    public @Nullable String metric() {
      return gate == null ? null : gate.metric();
    }

    /** Its value; null likewise. */
    @JsonProperty
    public @Nullable Double value() {
      return gate == null ? null : (Double) gate.value();
    }

    /** The sampling error of the value; null likewise. */
    @JsonProperty
    public @Nullable Double standardError() {
      return gate == null ? null : gate.standardError();
    }

    /** What the value may be; null likewise. */
    @JsonProperty
    public @Nullable Double limit() {
      return gate == null ? null : (Double) gate.limit();
    }

    /** On which fronts it is: time, energy. */
    @JsonProperty
    public ImmutableList<String> fronts() {
      ImmutableList.Builder<String> fronts = ImmutableList.builder();
      if (fastFront) {
        fronts.add("time");
      }
      if (leanFront) {
        fronts.add("energy");
      }
      return fronts.build();
    }

    /** How much worse than the original, in the gate's metric; 0 where nothing was cut. */
    public double loss() {
      if (gate == null) {
        return 0;
      }
      double loss = gate.metric().equals("agreement") ? 1 - gate.value() : gate.value();
      return Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss;
    }

    /** The options of a run that makes this point. */
    public Options options(Options base) {
      return base.toBuilder()
          .set(TargetOptions.ACCELERATORS, accelerators)
          .set(PlanningOptions.STRATEGY, strategy)
          .set(RepairOptions.BRIDGE_RANK, bridgeRank)
          .leftAlone(leftAlone)
          .build();
    }

    public Point marked(boolean fast, boolean lean) {
      return new Point(
          accelerators,
          strategy,
          bridgeRank,
          leftAlone,
          gate,
          passed,
          parameters,
          estimate,
          time,
          energy,
          fast,
          lean);
    }
  }

  /** The fastest point that meets the gate and cuts something. */
  public Optional<Point> fastest() {
    return points.stream()
        .filter(point -> point.passed() && point.gate() != null)
        .min(Comparator.comparingDouble(Point::time));
  }
}
