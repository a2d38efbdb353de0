package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.SearchReport;
import dev.partita.report.schema.SearchReport.Point;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy.GateResult;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchTest {

  private static final Duration LONG = Duration.ofHours(1);

  @TempDir private Path folder;

  /** Two residual pairs. */
  private Path model() {
    return GraphBuilder.opset(17)
        .input("x", "N", 64)
        .random("w1", 1, 64, 128)
        .random("w2", 3, 128, 64)
        .random("w3", 5, 64, 128)
        .random("w4", 7, 128, 64)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "b")
        .node("second", "MatMul", "b, w2", "c")
        .node("Add", "x, c", "d")
        .node("third", "MatMul", "d, w3", "e")
        .node("Relu", "e", "f")
        .node("fourth", "MatMul", "f, w4", "g")
        .node("Add", "d, g", "y")
        .output("y", "N", 64)
        .write(folder.resolve("in.onnx"));
  }

  /** A limit on how many samples have another arg-max than before. */
  private static Options.Builder options(double limit) {
    return Options.builder()
        .set(PlanningOptions.CALIBRATION, "random:512")
        .set(RepairOptions.VALIDATION, "random:128")
        .set(GateOptions.MIN_AGREEMENT, 1 - limit)
        .set(SelectionOptions.MIN_BLOCK, 4)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("first", "second", "third", "fourth"))
        .set(PlanningOptions.THREADS, 2);
  }

  private SearchReport search(Options options, Duration budget) {
    return Search.search(model(), options, budget, ProgressListener.NONE);
  }

  @Test
  @Tag("slow")
  void triesEveryNumberAndMarksWhatNoOtherBeats() {
    SearchReport report = search(options(1).build(), LONG);
    assertThat(report.complete()).isTrue();
    // The original, four numbers at three ranks, and four in natural order.
    assertThat(report.points()).hasSize(1 + 4 * 3 + 4);
    assertThat(report.points().stream().map(Point::accelerators)).contains(1, 2, 4, 8, 16);
    for (Point point : report.points()) {
      boolean beaten =
          report.points().stream()
              .anyMatch(
                  other ->
                      other.loss() <= point.loss()
                          && other.time() <= point.time()
                          && (other.loss() < point.loss() || other.time() < point.time()));
      assertThat(point.fastFront()).isEqualTo(!beaten);
    }
    assertThat(report.points()).anyMatch(point -> point.fastFront() && point.gate() != null);
    assertThat(report.points()).anyMatch(point -> !point.fastFront());
    Point original = report.points().get(0);
    assertThat(original.loss()).isZero();
    assertThat(original.fastFront()).isTrue();
  }

  @Test
  void whereTheGateFailsFewerRegionsAreTried() {
    // What both pairs cut loses, by the search itself, and a limit that one of them may keep.
    SearchReport loose =
        search(
            options(1).set(TargetOptions.ACCELERATORS, 4).set(RepairOptions.BRIDGE_RANK, 4).build(),
            LONG);
    double both = loose.points().get(1).loss();
    SearchReport report =
        search(
            options(both * 0.95)
                .set(TargetOptions.ACCELERATORS, 4)
                .set(RepairOptions.BRIDGE_RANK, 4)
                .build(),
            LONG);
    assertThat(report.points()).anyMatch(point -> point.leftAlone().size() == 2);
    assertThat(report.fastest())
        .hasValueSatisfying(
            point -> {
              assertThat(point.leftAlone()).isNotEmpty();
              Options again = point.options(options(both * 0.95).build());
              OptimizationReport made =
                  Optimizer.optimize(
                      model(), folder.resolve("out.onnx"), again, ProgressListener.NONE);
              assertThat(made.steps()).isEmpty();
              assertThat(made.accuracy().gates())
                  .anyMatch(gate -> gate.value() == point.gate().value());
            });
  }

  @Test
  void aBudgetThatIsOverLeavesOneRun() {
    SearchReport report = search(options(1).build(), Duration.ZERO);
    assertThat(report.complete()).isFalse();
    assertThat(report.points()).hasSize(2);
  }

  @Test
  void aFrontForgetsWhatIsBeaten() {
    Point good = point(0.1, 100);
    Point slower = point(0.1, 120);
    Point faster = point(0.3, 50);
    assertThat(ParetoFront.mark(ImmutableList.of(good, slower, faster)))
        .extracting(Point::fastFront)
        .containsExactly(true, false, true);
  }

  private static Point point(double error, double time) {
    return new Point(
        4,
        Strategy.OPTIMIZED,
        0,
        ImmutableMap.of(),
        new GateResult("relative_error", "y", 1, error, 0.0, true),
        true,
        1,
        null,
        time,
        time,
        false,
        false);
  }

  @Test
  void whatCannotBeSearchedIsAUsageError() {
    assertThatThrownBy(
            () ->
                search(
                    options(1)
                        .set(GateOptions.GATE, false)
                        .set(GateOptions.MIN_AGREEMENT, null)
                        .build(),
                    LONG))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("gate");
    assertThatThrownBy(
            () -> search(options(1).set(PlanningOptions.STRATEGY, Strategy.LOSSLESS).build(), LONG))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("lossless");
  }
}
