package dev.partita.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.report.schema.StageInfo;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineTest {

  private static final Fact<String> WORD = new Fact<>("word", String.class);
  private static final Fact<Integer> LENGTH = new Fact<>("length", Integer.class);

  @Test
  void aStageWhoseRequirementNobodyGivesIsRefused() {
    List<RunStage> stages = List.of(stage("count", ImmutableSet.of(WORD), ImmutableSet.of(LENGTH)));

    assertThatThrownBy(() -> Pipeline.of(stages))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Stage 'count' requires 'word', which no stage before it gives.");
  }

  @Test
  void aRequirementThatIsGivenTooLateIsRefused() {
    List<RunStage> stages =
        List.of(
            stage("count", ImmutableSet.of(WORD), ImmutableSet.of(LENGTH)),
            stage("read", ImmutableSet.of(), ImmutableSet.of(WORD)));

    assertThatThrownBy(() -> Pipeline.of(stages))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'count' requires 'word'");
  }

  @Test
  void aFactThatTwoStagesGiveIsRefusedUnlessTheSecondRefinesIt() {
    RunStage first = stage("read", ImmutableSet.of(), ImmutableSet.of(WORD));
    RunStage again = stage("read again", ImmutableSet.of(), ImmutableSet.of(WORD));
    RunStage refines = stage("trim", ImmutableSet.of(WORD), ImmutableSet.of(WORD));

    assertThatThrownBy(() -> Pipeline.of(List.of(first, again)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Stage 'read again' gives 'word' again, which stage 'read' gave.");
    assertThat(Pipeline.of(List.of(first, refines)).info())
        .extracting(StageInfo::name)
        .containsExactly("read", "trim");
  }

  @Test
  void aStageSeesOnlyWhatItDeclares() {
    Facts facts = new Facts();
    Facts.Handed read = facts.handed(stage("read", ImmutableSet.of(), ImmutableSet.of(WORD)));
    Facts.Handed count =
        facts.handed(stage("count", ImmutableSet.of(WORD), ImmutableSet.of(LENGTH)));

    read.give(WORD, "seven");
    count.give(LENGTH, count.get(WORD).length());

    assertThat(facts.find(LENGTH)).contains(5);
    assertThatThrownBy(() -> read.get(LENGTH))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Stage 'read' reads 'length', which it does not require.");
    assertThatThrownBy(() -> count.give(WORD, "other"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Stage 'count' gives 'word', which it does not declare.");
  }

  @Test
  void theStagesFollowFromTheOptions() {
    Options plain = Options.builder().set(GateOptions.GATE, false).build();
    Options gated = Options.builder().set(PlanningOptions.CALIBRATION, "c.npz").build();
    Options distilled =
        Options.builder()
            .set(PlanningOptions.CALIBRATION, "c.npz")
            .set(RepairOptions.REPAIR, Repair.DISTILL)
            .build();

    assertThat(names(plain, true)).containsExactly("find", "data", "plan", "write");
    assertThat(names(gated, true))
        .containsExactly("find", "data", "plan", "repair", "reference", "closing layers", "verify");
    assertThat(names(distilled, true))
        .containsExactly(
            "find", "data", "plan", "repair", "reference", "closing layers", "distil", "verify");
    // A search measures and takes nothing back.
    assertThat(names(gated, false))
        .containsExactly("find", "data", "plan", "repair", "reference", "write", "verify");
  }

  private static List<String> names(Options options, boolean takesBack) {
    return OptimizationRun.stages(options, takesBack).stream().map(StageInfo::name).toList();
  }

  private static RunStage stage(
      String name, ImmutableSet<Fact<?>> requires, ImmutableSet<Fact<?>> gives) {
    return RunStage.of(
        name,
        requires,
        gives,
        (run, facts) -> {
          throw new AssertionError("A stage ran.");
        });
  }
}
