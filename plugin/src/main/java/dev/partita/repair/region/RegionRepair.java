package dev.partita.repair.region;

import com.google.common.collect.ImmutableMap;
import dev.partita.context.Fronts;
import dev.partita.context.Fronts.Front;
import dev.partita.context.RunContext;
import dev.partita.context.Stages;
import dev.partita.context.Workspace;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.SharedLayers;
import dev.partita.options.Options;
import dev.partita.options.Repair;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.rewrite.BridgePlaces;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.RuntimeFailure;
import dev.partita.verify.Reading;
import dev.partita.verify.Reference;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Recomputes the weights of regions on calibration data, and says how far they are off after. */
public final class RegionRepair {

  /** Enough to see what outputs are. */
  private static final int SAMPLES_TO_READ = 512;

  private final RunContext context;
  private final Fronts fronts;
  private final Workspace workspace;
  private final Options options;
  private final Stages stages;
  private final @Nullable DataSet calibration;
  private final Consumer<String> warn;
  private final @Nullable Reference reference;

  public RegionRepair(
      RunContext context, Fronts fronts, @Nullable DataSet calibration, Consumer<String> warn) {
    this(context, fronts, calibration, warn, null);
  }

  private RegionRepair(
      RunContext context,
      Fronts fronts,
      @Nullable DataSet calibration,
      Consumer<String> warn,
      @Nullable Reference reference) {
    this.reference = reference;
    this.context = context;
    this.fronts = fronts;
    this.workspace = context.workspace();
    this.options = context.options();
    this.stages = context.stages();
    this.calibration = calibration;
    this.warn = warn;
  }

  /** The same where it is known what the gate reads the outputs as. */
  public RegionRepair knowing(Reference validation) {
    return new RegionRepair(context, fronts, calibration, warn, validation);
  }

  /** The rewriting with every active region repaired that can be. */
  public Rewriting repair(Rewriting rewriting) throws InterruptedException {
    return distil(leastSquares(rewriting));
  }

  /** The first half of {@link #repair(Rewriting)}. */
  public Rewriting leastSquares(Rewriting rewriting) throws InterruptedException {
    return leastSquares(rewriting, rewriting.active());
  }

  /** The first half of {@link #repairFrom}. */
  public Rewriting leastSquaresFrom(Rewriting rewriting, Region changed)
      throws InterruptedException {
    List<Region> active = rewriting.active();
    List<String> ids = active.stream().map(Region::id).toList();
    boolean apart = canRepair(changed) && active.stream().noneMatch(SharedLayers::areIn);
    return leastSquares(
        rewriting, apart ? active.subList(ids.indexOf(changed.id()), active.size()) : active);
  }

  /**
   * Repairs what changes when an active region was cut again: least squares of a region know of
   * those in front of it alone, distillation of all.
   */
  public Rewriting repairFrom(Rewriting rewriting, Region changed) throws InterruptedException {
    return options.effectiveRepair() == Repair.DISTILL
        ? repair(rewriting)
        : leastSquaresFrom(rewriting, changed);
  }

  private Rewriting leastSquares(Rewriting rewriting, List<Region> which)
      throws InterruptedException {
    DataSet data = calibration;
    if (options.effectiveRepair() == Repair.NONE || data == null) {
      return rewriting;
    }
    return stages.run(
        "repair",
        () -> {
          DataSet few =
              CalibrationRows.limited(workspace, rewriting.index(), rewriting.active(), data);
          List<Region> regions = which.stream().filter(RegionRepair::canRepair).toList();
          // Of fewer samples, which are chosen again each time, nothing is known from before.
          Front front = few.equals(data) ? front(rewriting, data) : Front.NONE;
          SharedRepair shared = SharedRepair.of(context, rewriting, few);
          if (shared.isEmpty()) {
            return inOrder(rewriting, regions, shared, few, front);
          }
          inOrder(rewriting, regions, shared, few, front);
          shared.refine();
          return inOrder(rewriting, regions, shared, few, front);
        });
  }

  /** Repairs some regions, each to what those before it make. */
  private Rewriting inOrder(
      Rewriting rewriting, List<Region> regions, SharedRepair shared, DataSet data, Front front)
      throws InterruptedException {
    try (RepairSamples samples =
        new RepairSamples(context, rewriting.without(regions), data, front)) {
      LeastSquaresRepair repair = new LeastSquaresRepair(samples, shared, context.workers());
      for (int i = 0; i < regions.size(); i++) {
        Region region = regions.get(i);
        samples.keep(region, repair(repair, rewriting, region));
        stages.progress("repair", (i + 1.0) / regions.size());
      }
      return samples.rewriting();
    }
  }

  /** The second half of {@link #repair(Rewriting)}. */
  public Rewriting distil(Rewriting rewriting) throws InterruptedException {
    DataSet data = calibration;
    if (options.effectiveRepair() != Repair.DISTILL || data == null) {
      return rewriting;
    }
    try {
      return stages.run(
          "distil",
          () -> new RegionDistillation(context, data, readings(data), warn).distil(rewriting));
    } catch (RuntimeFailure failure) {
      // A training graph that does not run on this data says nothing against the weights so far.
      warn.accept(
          "Distillation failed, so the weights remain those of least squares: "
              + failure.getMessage());
      return rewriting;
    }
  }

  /**
   * As the gate reads the outputs; without validation data, as it would on the calibration data.
   */
  private ImmutableMap<String, Reading> readings(DataSet data) throws InterruptedException {
    ImmutableMap<String, Reading.Asked> asked = options.gate().limits().read();
    if (reference != null) {
      return reference.readAs(asked);
    }
    try (Reference few =
        Reference.of(context.read().source(), data.spread(SAMPLES_TO_READ), context.workers())) {
      return few.readAs(asked);
    }
  }

  private RegionWeights repair(LeastSquaresRepair repair, Rewriting rewriting, Region region)
      throws InterruptedException {
    PartitionPlan plan = rewriting.plan(region);
    int rank = rewriting.cut(region).bridgeRank();
    BridgePlaces places = BridgePlaces.of(rewriting.index(), region, plan.branches(), rank);
    if (rank == options.repair().bridgeRank()) {
      // Bridges that nobody asked for may be missing without a word.
      places.refusals().forEach(warn);
    }
    return repair.repair(region, plan, places, rank);
  }

  /**
   * Whether any layer of a region can be repaired: values in a body cannot be probed, and layers of
   * whole numbers keep the weights that they have.
   */
  public static boolean canRepair(Region region) {
    return region.graph().isMain()
        && region.layers().stream().anyMatch(layer -> layer.layer().form().isRepairable());
  }

  /** Relative errors by region id; empty without calibration data. */
  public Map<String, Double> errors(Rewriting rewriting) throws InterruptedException {
    DataSet data = calibration;
    if (data == null) {
      return Map.of();
    }
    // A few batches are measured: for those alone the front of all is not worth computing.
    Front front = fronts.known(rewriting.front(), data, CalibrationRows.batchSize(data));
    return stages.run("region errors", () -> RegionErrors.measure(context, rewriting, data, front));
  }

  private Front front(Rewriting rewriting, DataSet data) throws InterruptedException {
    return fronts.of(context, rewriting.front(), data, CalibrationRows.batchSize(data));
  }
}
