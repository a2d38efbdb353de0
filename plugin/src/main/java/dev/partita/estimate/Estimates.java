package dev.partita.estimate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.partita.accelerator.CostModel;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.LayerWork;
import dev.partita.accelerator.Target;
import dev.partita.accelerator.Targets;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.options.Options;
import dev.partita.partition.PartitionPlan;
import dev.partita.report.schema.EstimateReport.LayerEstimate;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import dev.partita.rewrite.Bridges;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Dense layers as the cost model sees them. */
public final class Estimates {

  private final Target target;
  private final @Nullable LayerRows rows;

  /**
   * Estimates for a target.
   *
   * @param rows of the layers of a model; null where only shapes are estimated
   */
  public Estimates(Target target, @Nullable LayerRows rows) {
    this.target = target;
    this.rows = rows;
  }

  /** The target that the options name, with their overrides and number of accelerators. */
  public static Target target(Options options) {
    boolean file =
        options.target().name().endsWith(".yaml") || options.target().name().endsWith(".yml");
    Target target =
        file
            ? Targets.read(Path.of(options.target().name()))
            : Targets.named(options.target().name());
    for (Map.Entry<String, String> override : options.target().overrides().entrySet()) {
      target = target.withOverride(override.getKey(), override.getValue());
    }
    Integer accelerators = options.target().accelerators();
    return accelerators == null ? target : target.withAccelerators(accelerators);
  }

  /** The sharing that the figures on the graph are for. */
  public static DramSharing sharing(Options options, Target target) {
    DramSharing asked = options.target().dramSharing();
    return asked == null ? target.dram().sharing() : asked;
  }

  public static TargetInfo info(Options options, Target target, @Nullable LayerRows rows) {
    ImmutableSortedMap.Builder<String, Long> dims = ImmutableSortedMap.naturalOrder();
    dims.putAll(options.target().dims());
    if (rows != null) {
      rows.assumed().forEach(name -> dims.put(name, 1L));
    }
    return new TargetInfo(
        target.name(),
        target.accelerators(),
        sharing(options, target),
        dims.buildOrThrow(),
        target.wordBits(),
        target.weightBits(),
        target.sources().get("word_bits"),
        target.overrides().isEmpty(),
        rows == null ? ImmutableSortedSet.of() : ImmutableSortedSet.copyOf(rows.assumed()));
  }

  /** A layer that is computed once. */
  public LayerWork whole(DenseLayer layer) {
    return new LayerWork(
        layer.name(), rows(layer), layer.in(), layer.out(), ImmutableList.of(), false, false);
  }

  private long rows(DenseLayer layer) {
    if (rows == null) {
      throw new IllegalStateException("these estimates know of no model");
    }
    return rows.of(layer);
  }

  /**
   * The layers of a region under a plan; all whole where there is none.
   *
   * @param bridges that the plan's branches have in addition
   */
  public List<LayerWork> region(Region region, @Nullable PartitionPlan plan, Bridges bridges) {
    List<LayerWork> works = new ArrayList<>();
    Set<String> scattered = new HashSet<>();
    for (RegionLayer layer : region.layers()) {
      DenseLayer dense = layer.layer();
      if (layer.whole() || plan == null) {
        works.add(whole(dense));
        continue;
      }
      int rank = bridges.rank(dense.input());
      boolean first = scattered.add(dense.input());
      if (rank > 0 && first) {
        works.add(added(dense, dense.in(), rank, ImmutableList.of()));
      }
      // A value that two layers read travels once.
      boolean scatters = region.entries().contains(dense.input()) && first;
      List<Map.Entry<String, Bridges.Exit>> leaving =
          bridges.exits().entrySet().stream()
              .filter(exit -> exit.getValue().source().equals(dense.input()))
              .sorted(Map.Entry.comparingByKey())
              .toList();
      leaving.forEach(exit -> works.add(collected(plan, layer, bridges.rank())));
      boolean gathers =
          region.exits().stream().anyMatch(exit -> region.space(exit).id() == layer.outSpace());
      works.add(
          new LayerWork(
              dense.name(),
              rows(dense),
              dense.in(),
              dense.out(),
              blocks(region, plan, layer, rank),
              scatters,
              gathers));
      for (Map.Entry<String, Bridges.Exit> exit : leaving) {
        works.add(
            added(dense, bridges.rank(), region.space(exit.getKey()).size(), ImmutableList.of()));
      }
    }
    return works;
  }

  private static ImmutableList<LayerWork.Block> blocks(
      Region region, PartitionPlan plan, RegionLayer layer, int rank) {
    boolean shared = region.spaces().get(layer.inSpace()).state() == State.SHARED;
    ImmutableList.Builder<LayerWork.Block> blocks = ImmutableList.builder();
    for (int branch = 0; branch < plan.branches(); branch++) {
      long in = shared ? layer.layer().in() : plan.blockSize(layer.inSpace(), branch);
      blocks.add(new LayerWork.Block(in + rank, plan.blockSize(layer.outSpace(), branch)));
    }
    return blocks.build();
  }

  /** What every branch hands to the bridge of an exit; it travels when it is made. */
  private LayerWork collected(PartitionPlan plan, RegionLayer layer, int rank) {
    ImmutableList.Builder<LayerWork.Block> blocks = ImmutableList.builder();
    for (int branch = 0; branch < plan.branches(); branch++) {
      blocks.add(new LayerWork.Block(plan.blockSize(layer.inSpace(), branch), rank));
    }
    return added(layer.layer(), layer.layer().in(), rank, blocks.build());
  }

  private LayerWork added(
      DenseLayer dense, long in, long out, ImmutableList<LayerWork.Block> blocks) {
    String name = dense.name() + "/bridge";
    boolean travels = !blocks.isEmpty();
    return new LayerWork(name, rows(dense), in, out, blocks, false, travels, true);
  }

  /** Both figures, DRAM private and shared; null for no layers. */
  @Nullable
  public RegionEstimate estimate(List<LayerWork> works) {
    return estimate(works, works);
  }

  /**
   * The same for some layers of a model.
   *
   * @param model all of its dense layers: what a run reads, on which the bandwidth may depend
   */
  @Nullable
  public RegionEstimate estimate(List<LayerWork> works, List<LayerWork> model) {
    return works.isEmpty()
        ? null
        : new RegionEstimate(
            CostModel.compare(target, works, model, DramSharing.PRIVATE),
            CostModel.compare(target, works, model, DramSharing.SHARED));
  }

  /** What each of a model's layers costs by itself. */
  public ImmutableList<LayerEstimate> layers(List<LayerWork> works) {
    ImmutableList.Builder<LayerEstimate> layers = ImmutableList.builder();
    for (LayerWork work : works) {
      RegionEstimate estimate = estimate(List.of(work), works);
      if (estimate != null) {
        layers.add(
            new LayerEstimate(
                work.name(),
                work.rows(),
                work.in(),
                work.out(),
                work.blocks().isEmpty() ? LayerState.WHOLE : LayerState.CUT,
                estimate));
      }
    }
    return layers.build();
  }
}
