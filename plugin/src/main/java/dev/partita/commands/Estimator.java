package dev.partita.commands;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.accelerator.LayerWork;
import dev.partita.accelerator.LayerWork.Block;
import dev.partita.accelerator.Shares;
import dev.partita.accelerator.Shares.BranchLayer;
import dev.partita.accelerator.Target;
import dev.partita.context.GivenSizes;
import dev.partita.context.Inlining;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.select.Skipped;
import dev.partita.estimate.BlockSizes;
import dev.partita.estimate.Estimates;
import dev.partita.estimate.NotCosted;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.options.Options;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.plan.Gain;
import dev.partita.report.schema.EstimateReport;
import dev.partita.rewrite.Bridges;
import dev.partita.run.RegionReports;
import dev.partita.run.UnmatchedPatterns;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What dense layers cost, without rewriting anything. */
public final class Estimator {

  private Estimator() {}

  /**
   * The dense layers of a model, as they would be cut.
   *
   * @throws dev.partita.UnsupportedInputException if the model cannot be read
   */
  public static EstimateReport model(Path input, Options options) {
    OnnxModel model = ModelFile.read(input);
    Target target = Estimates.target(options);
    GivenSizes.check(model, options);
    Inlining inlining = Inlining.of(model, options);
    GraphIndex index = new GraphIndex(inlining.model());
    Findings findings = Gain.of(index, options, target).findings();
    LayerRows rows = new LayerRows(index, options.target().dims());
    Estimates estimates = new Estimates(target, rows);
    List<LayerWork> works = new ArrayList<>();
    BlockSizes sizes = new BlockSizes(target, Estimates.sharing(options, target), rows);
    for (Region region : findings.regions()) {
      // Costs depend on the sizes of blocks alone, and those are the same under any plan.
      PlanProblem problem =
          PlanProblem.of(
              region, target.accelerators(), layer -> null, layer -> null, Workers.of(1));
      PartitionPlan plan = new ContiguousStrategy().plan(sizes.sized(region, problem));
      works.addAll(estimates.region(region, plan, Bridges.NONE));
    }
    findings.leftLayers().forEach(left -> works.add(estimates.whole(left)));
    List<Skipped> unknown =
        findings.skipped().stream().filter(skipped -> skipped.layer() == null).toList();
    List<String> warnings = new ArrayList<>(inlining.sentences());
    warnings.addAll(UnmatchedPatterns.sentences(options, findings));
    if (rows.guessed()) {
      warnings.add(
          "The number of rows of some layers is not in the file; the estimates assume "
              + "one row for them.");
    }
    return new EstimateReport(
        input.toString(),
        Estimates.info(options, target, rows),
        estimates.layers(works),
        estimates.estimate(works),
        RegionReports.skipped(unknown),
        NotCosted.operators(index, findings, null),
        ImmutableList.copyOf(warnings));
  }

  /**
   * A chain of dense layers, all cut but perhaps the last.
   *
   * @param widths features before the first layer, between layers, and after the last
   * @param rows rows of the activations
   * @param lastWhole whether the last layer stays whole, behind the Concat
   * @throws UsageException if there are fewer than two widths, or fewer features than accelerators
   */
  public static EstimateReport chain(
      List<Long> widths, long rows, boolean lastWhole, Options options) {
    if (widths.size() < 2 || rows < 1 || widths.stream().anyMatch(width -> width < 1)) {
      throw new UsageException(
          "A chain needs at least two widths of at least 1, and at least one row.",
          "For example --shape 2048-4096-4096-200 --rows 1.");
    }
    Target target = Estimates.target(options);
    int branches = target.accelerators();
    List<LayerWork> works = new ArrayList<>();
    int layers = widths.size() - 1;
    int cut = lastWhole ? layers - 1 : layers;
    Shares shares =
        Shares.balanced(
            target,
            IntStream.range(0, cut)
                .mapToObj(i -> new BranchLayer(rows, widths.get(i), widths.get(i + 1), true))
                .toList(),
            Estimates.sharing(options, target));
    for (int i = 0; i < layers; i++) {
      long in = widths.get(i);
      long out = widths.get(i + 1);
      long[] ins = shares.sizes(in);
      long[] outs = shares.sizes(out);
      ImmutableList.Builder<Block> blocks = ImmutableList.builder();
      for (int branch = 0; branch < branches && i < cut; branch++) {
        blocks.add(new Block(ins[branch], outs[branch]));
      }
      works.add(
          new LayerWork(
              "layer" + (i + 1), rows, in, out, blocks.build(), i == 0 && i < cut, i == cut - 1));
    }
    Estimates estimates = new Estimates(target, null);
    return new EstimateReport(
        widths.stream().map(String::valueOf).collect(Collectors.joining("-")),
        Estimates.info(options, target, null),
        estimates.layers(works),
        estimates.estimate(works),
        ImmutableList.of(),
        ImmutableList.of());
  }
}
