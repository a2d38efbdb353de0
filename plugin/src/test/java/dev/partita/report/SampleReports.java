package dev.partita.report;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.EnergyBreakdown;
import dev.partita.accelerator.Estimate;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.LayerReport;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.RunInfo;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.Stage;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import dev.partita.report.schema.OptimizationReport.Trial;
import dev.partita.report.schema.WeightShares;
import dev.partita.testing.OutputFigures;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.verify.Accuracy.StandardErrors;
import org.jspecify.annotations.Nullable;

/** Reports made up for the tests of their printing; the figures are round, not results. */
final class SampleReports {

  static final InputInfo INPUT =
      new InputInfo(
          "mlp.onnx",
          "ab".repeat(32),
          8_000_000,
          8,
          17,
          2_000_000,
          ImmutableSortedMap.of("Flatten", 1, "Gemm", 3, "Relu", 2),
          new WeightShares(
              600_000,
              ImmutableList.of(
                  new WeightShares.Holder("Conv 1x1", 35, 1_200_000),
                  new WeightShares.Holder("grouped Conv 3x3", 17, 190_000),
                  new WeightShares.Holder("Gather", 1, 9_000),
                  new WeightShares.Holder("Add", 3, 600),
                  new WeightShares.Holder("Mul", 2, 400))));

  static final TargetInfo TARGET =
      new TargetInfo("example", 4, DramSharing.SHARED, ImmutableSortedMap.of("batch", 1L), 16);

  private SampleReports() {}

  static OptimizationReport optimized() {
    OutputInfo output =
        new OutputInfo(
            "out.onnx",
            "cd".repeat(32),
            2_100_000L,
            10,
            525_000,
            "1.20",
            ImmutableSortedMap.of("Concat", 1, "Flatten", 1, "Gather", 4, "Gemm", 9, "Relu", 8));
    return report(
        Outcome.OPTIMIZED,
        output,
        ImmutableList.of(rewritten(), reverted()),
        estimate(false),
        accuracy(0.01));
  }

  static OptimizationReport rejected() {
    return report(
        Outcome.REJECTED, null, ImmutableList.of(rewritten()), estimate(false), accuracy(0.001));
  }

  static OptimizationReport unchanged() {
    OutputInfo output =
        new OutputInfo(
            "out.onnx", INPUT.sha256(), INPUT.bytes(), 8, 2_000_000, null, INPUT.operators());
    return report(Outcome.UNCHANGED, output, ImmutableList.of(), null, null);
  }

  static OptimizationReport dryRun() {
    OutputInfo output = new OutputInfo(null, null, null, 10, 525_000, "1.20", INPUT.operators());
    RegionReport region =
        new RegionReport(
            "r0",
            Status.REWRITTEN,
            null,
            4,
            ImmutableList.of(new LayerReport("fc1", "Gemm", 784, 1024, LayerState.CUT)),
            "contiguous",
            0.25,
            "none",
            null,
            800_000,
            200_000,
            0,
            null);
    return report(Outcome.OPTIMIZED, output, ImmutableList.of(region), null, null);
  }

  private static OptimizationReport report(
      Outcome outcome,
      @Nullable OutputInfo output,
      ImmutableList<RegionReport> regions,
      @Nullable RegionEstimate total,
      @Nullable Accuracy accuracy) {
    return new OptimizationReport(
        "0.1.0",
        1,
        outcome,
        ImmutableList.of("The calibration data has 12 samples, fewer than the widest layer."),
        INPUT,
        output,
        TARGET,
        regions,
        total,
        regions.size() < 2
            ? ImmutableList.of()
            : ImmutableList.of(
                new Step("r1", "reverted", "accuracy_drop", 0.021, 0.012, 0.002, false),
                new Step(
                    "r0",
                    "bridged",
                    "accuracy_drop",
                    0.011,
                    0.008,
                    0.002,
                    true,
                    "bridges of rank 16",
                    0.007,
                    ImmutableList.of(
                        new Trial(
                            "fewer-branches", "on 2 of 4 accelerators", 9000, 0.0115, false)))),
        ImmutableList.of(
            new SkippedNode("/attention/scores", "MatMul", "NO_CONSTANT", "Both operands vary."),
            new SkippedNode("/head", "Gemm", "TOO_SMALL", "10 outputs are fewer than 4 x 16.")),
        accuracy,
        new RunInfo(
            ImmutableList.of(new Stage("read", 12), new Stage("plan", 340)), 64_000_000, 2));
  }

  private static RegionReport rewritten() {
    return new RegionReport(
        "r0",
        Status.REWRITTEN,
        null,
        4,
        ImmutableList.of(
            new LayerReport("fc1", "Gemm", 784, 1024, LayerState.CUT),
            new LayerReport("fc2", "MatMul+Add", 1024, 1024, LayerState.CUT),
            new LayerReport("fc3", "Gemm", 1024, 10, LayerState.REFITTED)),
        "optimized",
        0.4125,
        "least-squares",
        0.125,
        1_900_000,
        475_000,
        16,
        estimate(false));
  }

  private static RegionReport reverted() {
    return new RegionReport(
        "r1",
        Status.REVERTED,
        "The gate did not hold with it.",
        4,
        ImmutableList.of(
            new LayerReport("up", "MatMul", 64, 256, LayerState.CUT),
            new LayerReport("gate", "MatMul", 64, 256, LayerState.CUT)),
        "optimized",
        0.5,
        "least-squares",
        0.75,
        100_000,
        100_000,
        0,
        null);
  }

  static Accuracy accuracy(double limit) {
    OutputAccuracy logits =
        OutputFigures.of("logits", "scores")
            .accuracy(0.9, 0.895, 0.1)
            .agreement(0.975, 0.1)
            .relativeError(0.0625)
            .cosine(0.9975)
            .explained(0.99)
            .errors(new StandardErrors(0.001, 0.002, 0.0005, 0.0001))
            .build();
    OutputAccuracy features =
        OutputFigures.of("features", "values").relativeError(0.03125).explained(0.98).build();
    GateResult gate =
        new GateResult("accuracy_drop", "logits", limit, 0.005, 0.001, 0.005 <= limit);
    return new Accuracy(
        "test.npz",
        10_000,
        true,
        ImmutableList.of(logits, features),
        ImmutableList.of(gate),
        ImmutableList.of());
  }

  static InspectReport inspection() {
    return new InspectReport(
        INPUT,
        4,
        ImmutableList.of(
            new InspectReport.Layer(
                "/encoder/layer.0/intermediate/a_rather_long_scope/dense/MatMul",
                "MatMul",
                "MatMul+Add",
                384L,
                1536L,
                null,
                591_360L,
                "r0",
                LayerState.CUT,
                null,
                null),
            new InspectReport.Layer(
                "/head",
                "Gemm",
                "Gemm",
                384L,
                10L,
                1L,
                3_850L,
                null,
                null,
                "TOO_SMALL",
                "10 outputs are fewer than 4 x 16.")),
        ImmutableList.of(
            new InspectReport.SharedWeight(
                "wte", ImmutableList.of("/head"), ImmutableList.of("Gather 'embed'"))),
        ImmutableList.of("Functions inlined: 'Linear' (2 calls)."));
  }

  static EstimateReport estimation(boolean microjoules) {
    return new EstimateReport(
        "64-128-10",
        TARGET,
        ImmutableList.of(
            new EstimateReport.LayerEstimate(
                "layer1", 1, 64, 128, LayerState.CUT, estimate(!microjoules)),
            new EstimateReport.LayerEstimate(
                "layer2", 1, 128, 10, LayerState.WHOLE, estimate(!microjoules))),
        estimate(!microjoules),
        ImmutableList.of(
            new SkippedNode("/moe", "MatMul", "BATCHED_WEIGHT", "The weight has 3 dimensions.")),
        ImmutableList.of());
  }

  static RegionEstimate estimate(boolean macUnits) {
    Estimate pruned = estimate(1_000, "dram", macUnits);
    return new RegionEstimate(
        new Comparison(
            estimate(16_000, "dram", macUnits), estimate(4_000, "dram", macUnits), pruned),
        new Comparison(
            estimate(16_000, "dram", macUnits),
            estimate(16_000, "dram", macUnits),
            estimate(4_000, "link", macUnits)));
  }

  static Estimate estimate(long cycles, String boundBy, boolean macUnits) {
    EnergyBreakdown energy =
        new EnergyBreakdown(
            macUnits ? "mac" : "picojoule", cycles, 2.0 * cycles, 0, 0, 5.0 * cycles, 0, 0.5);
    return new Estimate(
        cycles,
        cycles / 2,
        cycles,
        0,
        cycles / 4,
        cycles + cycles / 8,
        cycles / 500.0,
        macUnits ? null : energy.total() / 1e6,
        20 * cycles,
        10 * cycles,
        boundBy,
        1.25,
        energy);
  }
}
