package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.fixtures.Fixtures;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.Soften;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.run.GateFailedException;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy.OutputAccuracy;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way on models that were trained, with 10,000 labelled images to measure on. */
@Tag("slow")
class OptimizeFashionTest {

  @TempDir private static Path fixtures;
  @TempDir private Path folder;

  private static Path mlp = Path.of("");
  private static Path vgg = Path.of("");
  private static String calibration = "";
  private static String validation = "";

  @BeforeAll
  static void unpack() {
    mlp = Fixtures.fashionMlp(fixtures);
    vgg = Fixtures.fashionVgg(fixtures);
    calibration = Fixtures.fashionCalibration(fixtures).toString();
    validation = Fixtures.fashionValidation(fixtures).toString();
  }

  private static Options.Builder options(int accelerators) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, accelerators)
        .set(PlanningOptions.CALIBRATION, calibration)
        .set(RepairOptions.VALIDATION, validation)
        .set(PlanningOptions.THREADS, 2);
  }

  @Test
  void repairKeepsTheMlpClose() {
    assertMeanLoss(8, 2.3);
    assertMeanLoss(4, 1.4);
  }

  private void assertMeanLoss(int accelerators, double mostPoints) {
    double[] losses =
        LongStream.of(1, 2, 3)
            .mapToDouble(
                seed ->
                    lossInPoints(
                        mlp,
                        options(accelerators)
                            .set(GateOptions.GATE, false)
                            .set(PlanningOptions.SEED, seed)))
            .toArray();
    assertThat((losses[0] + losses[1] + losses[2]) / 3)
        .as("points lost at P=%d by seeds 1 to 3: %s", accelerators, list(losses))
        .isBetween(0.0, mostPoints);
  }

  @Test
  void withoutRepairFarMoreIsLost() {
    double repaired = lossInPoints(mlp, options(8).set(GateOptions.GATE, false));
    double bare =
        lossInPoints(
            mlp, options(8).set(GateOptions.GATE, false).set(RepairOptions.REPAIR, Repair.NONE));
    assertThat(bare)
        .as("points lost at P=8: %.2f without repair, %.2f with", bare, repaired)
        .isGreaterThan(repaired + 10);
  }

  @Test
  void theGateLetsTheVggHeadThrough() {
    Path output = folder.resolve("vgg.onnx");
    OptimizationReport report =
        Optimizer.optimize(vgg, output, options(4).build(), ProgressListener.NONE);
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(loss(report)).as("points lost at P=4").isLessThanOrEqualTo(1.0);
    assertThat(report.steps()).isEmpty();
    assertThat(report.regions()).extracting(r -> r.status()).containsExactly(Status.REWRITTEN);
    assertThat(Objects.requireNonNull(report.accuracy()).passed()).isTrue();
    assertThat(output).exists();
    assertThat(folder).isDirectoryNotContaining("glob:**.partita*");
  }

  @Test
  void theGateStopsTheMlpAtEight() {
    Path output = folder.resolve("mlp.onnx");
    assertThatThrownBy(
            () ->
                Optimizer.optimize(
                    mlp,
                    output,
                    options(8).set(RepairOptions.SOFTEN, Soften.NONE).build(),
                    ProgressListener.NONE))
        .isInstanceOfSatisfying(
            GateFailedException.class,
            failure -> {
              OptimizationReport report = failure.report();
              assertThat(report.outcome()).isEqualTo(Outcome.REJECTED);
              assertThat(report.output()).isNull();
              assertThat(report.steps()).hasSize(1);
              Step step = report.steps().get(0);
              assertThat(step.region()).isEqualTo(report.regions().get(0).id());
              assertThat(step.action()).isEqualTo("reverted");
              assertThat(step.metric()).isEqualTo("accuracy_drop");
              assertThat(step.passed()).isFalse();
              assertThat(report.regions())
                  .extracting(r -> r.status())
                  .containsExactly(Status.REVERTED);
            });
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void theMlpAtEightIsSoftenedUntilTheGateHolds() {
    Path output = folder.resolve("mlp.onnx");
    OptimizationReport report =
        Optimizer.optimize(mlp, output, options(8).build(), ProgressListener.NONE);
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(loss(report)).as("points lost").isLessThanOrEqualTo(1.0);
    assertThat(report.regions().get(0).softened()).isNotNull();
    assertThat(report.steps()).isNotEmpty().last().matches(Step::passed);
    assertThat(output).exists();
  }

  private double lossInPoints(Path model, Options.Builder options) {
    OptimizationReport report =
        Optimizer.optimize(
            model, null, options.set(OutputOptions.DRY_RUN, true).build(), ProgressListener.NONE);
    return loss(report);
  }

  private static double loss(OptimizationReport report) {
    OutputAccuracy output = Objects.requireNonNull(report.accuracy()).outputs().get(0);
    return 100
        * (Objects.requireNonNull(output.top1Before())
            - Objects.requireNonNull(output.top1After()));
  }

  private static String list(double[] losses) {
    return "%.2f, %.2f, %.2f".formatted(losses[0], losses[1], losses[2]);
  }
}
