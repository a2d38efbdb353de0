package dev.partita.report.schema;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * The additional data of a run's page: pictures of the cut matrices, figures of single layers, and
 * accelerators in time.
 *
 * @param cuts one for each layer that was cut, in the order of the graph
 * @param layers what each dense layer costs by itself, bridges included
 * @param privateDram the pruned layers in time; null where nothing could be estimated
 * @param sharedDram the same with DRAM bandwidth shared by all accelerators
 */
public record Illustrations(
    @JsonIgnore ImmutableList<CutPicture> cuts,
    ImmutableList<EstimateReport.LayerEstimate> layers,
    @JsonIgnore @Nullable Schedule privateDram,
    @JsonIgnore @Nullable Schedule sharedDram) {

  /** Both schedules, by the sharing. */
  @JsonProperty
  public Schedules schedules() {
    return new Schedules(privateDram, sharedDram);
  }

  /** Both schedules, as the page reads them. */
  public record Schedules(
      @JsonProperty("private") @Nullable Schedule privateDram,
      @JsonProperty("shared") @Nullable Schedule sharedDram) {}

  /** The one of the two schedules. */
  public @Nullable Schedule schedule(DramSharing sharing) {
    return sharing == DramSharing.PRIVATE ? privateDram : sharedDram;
  }

  /**
   * A weight matrix before and after, in {@value #LEVELS} levels of magnitude that mean the same in
   * both. A pixel is the mean magnitude of the weights that fall into it.
   *
   * @param region its region
   * @param layer the layer's name
   * @param in input features, downwards
   * @param out output features, to the right
   * @param height of both pictures, in pixels
   * @param width of both pictures, in pixels
   * @param before levels, row by row, the features in the original's order
   * @param after the weights that were written, the features of each branch together
   * @param inEnds where the features of each branch end; empty where all branches read all of them
   * @param outEnds likewise for the outputs
   */
  public record CutPicture(
      String region,
      String layer,
      int in,
      int out,
      int height,
      int width,
      ImmutableIntArray before,
      ImmutableIntArray after,
      ImmutableIntArray inEnds,
      ImmutableIntArray outEnds) {

    /** How many levels of magnitude there are, 0 among them. */
    public static final int LEVELS = 64;
  }
}
