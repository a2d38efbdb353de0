package dev.partita.corpus;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.commands.Optimizer;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.SessionOptions;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Cuts one model file along the zeros that its weights have already, and holds the outputs against
 * those of the file itself.
 */
final class LosslessCase {

  /** Sums of the same numbers in another order. */
  private static final double LIMIT = 1e-5;

  private static final SessionOptions PLAIN = SessionOptions.SINGLE_THREADED.withOptimized(false);

  private LosslessCase() {}

  /**
   * What a run came to.
   *
   * @param cut how many layers were cut
   * @param problems what is wrong, none where all is right
   */
  record Result(int cut, List<String> problems) {}

  static Result run(Path file, int accelerators, Path output, CorpusCase.Data data)
      throws IOException {
    OptimizationReport report =
        Optimizer.optimize(
            file,
            output,
            Options.builder()
                .set(TargetOptions.ACCELERATORS, accelerators)
                .set(GateOptions.GATE, false)
                .set(RepairOptions.REPAIR, Repair.NONE)
                .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS)
                .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
                .set(SelectionOptions.MIN_BLOCK, 1)
                .set(OutputOptions.OVERWRITE, true)
                .set(PlanningOptions.THREADS, 2)
                .build(),
            ProgressListener.NONE);
    List<String> problems = new ArrayList<>();
    if (report.outcome() == Outcome.UNCHANGED) {
      if (Files.mismatch(file, output) >= 0) {
        problems.add("nothing was cut, and the bytes differ");
      }
      return new Result(0, problems);
    }
    int cut = 0;
    for (OptimizationReport.RegionReport region : report.regions()) {
      cut += region.status() == OptimizationReport.Status.REWRITTEN ? region.layers().size() : 0;
    }
    try (InferenceSession before = InferenceSession.open(file, PLAIN);
        InferenceSession after = InferenceSession.open(output, PLAIN)) {
      List<String> names = before.outputs().stream().map(TensorDescription::name).toList();
      for (ImmutableMap<String, Tensor> inputs : data.batches(before.inputs())) {
        Map<String, Tensor> wanted = before.run(inputs, names);
        Map<String, Tensor> made = after.run(inputs, names);
        for (String name : names) {
          double error = Tolerance.error(wanted.get(name), made.get(name));
          if (!(error <= LIMIT)) {
            problems.add("output " + name + " is off by " + error);
          }
        }
      }
    }
    return new Result(cut, problems);
  }
}
