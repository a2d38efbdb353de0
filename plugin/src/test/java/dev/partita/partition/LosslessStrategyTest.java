package dev.partita.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.Matrix;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.partition.LosslessStrategy.Attempt;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Grouped weights in any order are found; what is not grouped is told. */
class LosslessStrategyTest {

  private static final LosslessStrategy STRATEGY = new LosslessStrategy();
  private static final int ISOLATED = -1;

  /** The group of each feature: every group once, the rest at random or alone, all shuffled. */
  private static int[] groups(SplittableRandom random, int size, int groups, boolean isolated) {
    int[] group = new int[size];
    for (int i = 0; i < size; i++) {
      boolean alone = isolated && random.nextInt(4) == 0;
      group[i] = i < groups ? i : alone ? ISOLATED : random.nextInt(groups);
    }
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = group[i];
      group[i] = group[j];
      group[j] = swapped;
    }
    return group;
  }

  /** Weights within groups only, all of them other than zero. */
  private static float[] values(SplittableRandom random, int[] ins, int[] outs) {
    float[] values = new float[ins.length * outs.length];
    for (int i = 0; i < values.length; i++) {
      int group = ins[i / outs.length];
      boolean inside = group != ISOLATED && group == outs[i % outs.length];
      values[i] = inside ? (float) (0.5 + random.nextDouble()) : random.nextBoolean() ? 0 : -0f;
    }
    return values;
  }

  private static WeightMatrix matrix(float[] values, int in, int out, boolean transposed) {
    if (!transposed) {
      return Problems.matrix(values, in, out);
    }
    return Problems.transposed(new Matrix(in, out, values).transposed().values(), in, out);
  }

  private static WeightMatrix grouped(
      SplittableRandom random, int[] ins, int[] outs, boolean transposed) {
    return matrix(values(random, ins, outs), ins.length, outs.length, transposed);
  }

  /** Counts what is dropped, weight by weight. */
  private static void assertLossless(PlanProblem problem, PartitionPlan plan) {
    assertThat(plan.lossless()).isTrue();
    assertThat(plan.retainedImportance()).isEqualTo(1);
    for (FeatureSpace space : problem.spaces()) {
      if (space.state() == State.ASSIGNED) {
        int[] order = plan.order(space.id());
        assertThat(Arrays.stream(order).distinct().count()).isEqualTo(space.size());
        assertThat(order).hasSize(space.size());
        for (int branch = 0; branch < plan.branches(); branch++) {
          assertThat(plan.blockSize(space.id(), branch)).isPositive();
        }
      }
    }
    for (PlanProblem.Layer layer : problem.layers()) {
      for (int p = 0; p < plan.branches(); p++) {
        for (int q = 0; q < plan.branches(); q++) {
          if (p != q) {
            float[] dropped =
                layer
                    .importance()
                    .weight()
                    .block(plan.features(layer.inSpace(), p), plan.features(layer.outSpace(), q))
                    .values();
            for (float weight : dropped) {
              assertThat(weight).isZero();
            }
          }
        }
      }
    }
  }

  private static void assertInseparable(PlanProblem problem) {
    Attempt attempt = STRATEGY.attempt(problem);
    assertThat(attempt.plan()).isNull();
    assertThat(attempt.obstacle()).isNotNull();
    assertThatThrownBy(() -> STRATEGY.plan(problem)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 2, false",
    "2, 7, true",
    "3, 3, true",
    "4, 4, false",
    "4, 9, true",
    "5, 6, true",
    "6, 6, false",
    "7, 20, true",
    "8, 8, true",
    "8, 30, false"
  })
  void groupsInAnyOrderAreFound(int branches, int count, boolean isolated) {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int[][] groups = new int[4][];
      for (int space = 0; space < groups.length; space++) {
        groups[space] = groups(random, count + random.nextInt(60), count, isolated);
      }
      WeightMatrix[] weights = new WeightMatrix[3];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = grouped(random, groups[i], groups[i + 1], random.nextBoolean());
      }
      PlanProblem problem = Problems.chain(branches, 1, null, weights);
      PartitionPlan plan = STRATEGY.plan(problem);
      assertLossless(problem, plan);
      assertThat(STRATEGY.plan(problem)).isEqualTo(plan);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void fewerGroupsThanBranchesAreTold(int branches) {
    SplittableRandom random = new SplittableRandom(branches);
    int[] ins = groups(random, 40, branches - 1, false);
    int[] outs = groups(random, 40, branches - 1, false);
    assertInseparable(Problems.chain(branches, 1, null, grouped(random, ins, outs, false)));
    // One group fewer is asked of a branch fewer.
    if (branches > 2) {
      PlanProblem fewer = Problems.chain(branches - 1, 1, null, grouped(random, ins, outs, false));
      assertLossless(fewer, STRATEGY.plan(fewer));
    }
  }

  @Test
  void oneWeightBetweenTwoGroupsIsEnough() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int[] ins = groups(random, 30, 3, false);
      int[] outs = groups(random, 25, 3, false);
      float[] values = values(random, ins, outs);
      int at = random.nextInt(values.length);
      while (values[at] != 0) {
        at = (at + 1) % values.length;
      }
      PlanProblem separate = Problems.chain(3, 1, null, matrix(values, 30, 25, seed % 2 == 0));
      assertLossless(separate, STRATEGY.plan(separate));
      values[at] = Float.MIN_VALUE;
      assertInseparable(Problems.chain(3, 1, null, matrix(values, 30, 25, seed % 2 == 0)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 8})
  void twoParallelLayersShareTheirGroups(int branches) {
    SplittableRandom random = new SplittableRandom(branches);
    int[] entry = groups(random, 64, branches, true);
    int[] hidden = groups(random, 96, branches, true);
    int[] exit = groups(random, 64, branches, true);
    List<FeatureSpace> spaces = new ArrayList<>();
    for (int[] groups : List.of(entry, hidden, exit)) {
      spaces.add(new FeatureSpace(spaces.size(), groups.length, State.ASSIGNED));
    }
    List<WeightMatrix> weights =
        List.of(
            grouped(random, entry, hidden, false),
            grouped(random, entry, hidden, true),
            grouped(random, hidden, exit, false));
    PlanProblem problem = problem(branches, spaces, weights, 0);
    assertLossless(problem, STRATEGY.plan(problem));
    // Other groups in the second projection join what the first keeps apart.
    int[] other = groups(random, 64, branches, false);
    assertInseparable(
        problem(
            branches,
            spaces,
            List.of(weights.get(0), grouped(random, other, hidden, true), weights.get(2)),
            0));
  }

  private static PlanProblem problem(
      int branches, List<FeatureSpace> spaces, List<WeightMatrix> weights, int shared) {
    ImmutableList<PlanProblem.Layer> layers =
        ImmutableList.of(
            layer(0, 1, weights.get(0)), layer(0, 1, weights.get(1)), layer(1, 2, weights.get(2)));
    return new PlanProblem(branches, ImmutableList.copyOf(spaces), layers, shared);
  }

  private static PlanProblem.Layer layer(int in, int out, WeightMatrix weight) {
    return new PlanProblem.Layer(in, out, new LayerImportance(weight, null, Workers.of(1)), null);
  }

  @Test
  void granulesJoinTheirFeatures() {
    SplittableRandom random = new SplittableRandom(3);
    int[] ins = new int[24];
    int[] outs = new int[24];
    for (int i = 0; i < 24; i++) {
      ins[i] = i / 4 % 3;
      outs[i] = (i / 4 + 1) % 3;
    }
    WeightMatrix weight = grouped(random, ins, outs, false);
    PlanProblem aligned = Problems.granular(3, 1, 4, null, weight);
    PartitionPlan plan = STRATEGY.plan(aligned);
    assertLossless(aligned, plan);
    for (int branch = 0; branch < 3; branch++) {
      int[] features = plan.features(0, branch);
      for (int i = 0; i < features.length; i++) {
        assertThat(features[i] % 4).isEqualTo(i % 4);
      }
    }
    // Granules that hold features of two groups each join them all.
    assertInseparable(Problems.granular(3, 1, 8, null, weight));
  }

  @Test
  void theLastGranuleMayHaveFewerFeatures() {
    int[] groups = new int[22];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = i / 4 % 2;
    }
    WeightMatrix weight = grouped(new SplittableRandom(5), groups, groups, false);
    PlanProblem problem = Problems.granular(2, 1, 4, null, weight);
    PartitionPlan plan = STRATEGY.plan(problem);
    assertLossless(problem, plan);
    assertThat(plan.blockSize(0, 0) + plan.blockSize(0, 1)).isEqualTo(22);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void equalGroupsInTheirOwnOrderStayThere(int branches) {
    int[] groups = new int[64];
    for (int i = 0; i < 64; i++) {
      groups[i] = i / 4;
    }
    SplittableRandom random = new SplittableRandom(1);
    PlanProblem problem = Problems.chain(branches, 1, null, grouped(random, groups, groups, false));
    PartitionPlan plan = STRATEGY.plan(problem);
    for (int space = 0; space < 2; space++) {
      assertThat(plan.isNatural(space)).isTrue();
      for (int branch = 0; branch < branches; branch++) {
        assertThat(plan.blockSize(space, branch)).isEqualTo(64 / branches);
      }
    }
  }

  @Test
  void theBusiestBranchHasLittleMoreToDoThanInTheBestPacking() {
    for (int seed = 0; seed < 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int count = 3 + random.nextInt(6);
      int branches = 2 + random.nextInt(2);
      int[] ins = groups(random, 40, count, false);
      int[] outs = groups(random, 40, count, false);
      PlanProblem problem = Problems.chain(branches, 1, null, grouped(random, ins, outs, false));
      PartitionPlan plan = STRATEGY.plan(problem);
      long found = 0;
      for (int branch = 0; branch < branches; branch++) {
        long work = (long) plan.blockSize(0, branch) * plan.blockSize(1, branch);
        found = Math.max(found, work);
      }
      assertThat((double) found)
          .as("seed %s", seed)
          .isLessThanOrEqualTo(1.2 * best(ins, outs, count, branches));
    }
  }

  /** The least work of the busiest branch, by trying every packing. */
  private static long best(int[] ins, int[] outs, int count, int branches) {
    long best = Long.MAX_VALUE;
    int packings = (int) Math.pow(branches, count);
    for (int packing = 0; packing < packings; packing++) {
      long[][] sizes = new long[2][branches];
      int code = packing;
      int[] owner = new int[count];
      for (int group = 0; group < count; group++) {
        owner[group] = code % branches;
        code /= branches;
      }
      Arrays.stream(ins).forEach(group -> sizes[0][owner[group]]++);
      Arrays.stream(outs).forEach(group -> sizes[1][owner[group]]++);
      long most = 0;
      for (int branch = 0; branch < branches; branch++) {
        long work = sizes[0][branch] * sizes[1][branch];
        most = Math.max(most, work == 0 ? Long.MAX_VALUE : work);
      }
      best = Math.min(best, most);
    }
    return best;
  }

  @Test
  void theLayerInTheWayIsNamed() {
    SplittableRandom random = new SplittableRandom(5);
    int[] groups = groups(random, 20, 4, false);
    WeightMatrix apart = grouped(random, groups, groups, false);
    WeightMatrix full = Problems.random(random, 20, 20);
    PlanProblem problem = Problems.chain(4, 1, null, apart, full, apart);
    assertInseparable(problem);
    assertThat(STRATEGY.obstacles(problem)).containsOnlyKeys(1);
    WeightMatrix otherwise = grouped(random, groups(random, 20, 4, false), groups, false);
    assertThat(STRATEGY.obstacles(Problems.chain(4, 1, null, apart, otherwise)))
        .containsOnlyKeys(1);
    assertThat(STRATEGY.obstacles(Problems.chain(4, 1, null, full, apart))).containsOnlyKeys(0);
    assertThat(STRATEGY.obstacles(Problems.chain(4, 1, null, apart, apart))).isEmpty();
  }

  @Test
  void aPlanThatMayLoseWeightsSaysSo() {
    PlanProblem problem =
        Problems.chain(2, 1, null, Problems.random(new SplittableRandom(4), 8, 8));
    assertThat(new OptimizedStrategy(1).plan(problem).lossless()).isFalse();
    PlanProblem zeros = Problems.chain(2, 1, null, Problems.matrix(new float[64], 8, 8));
    assertThat(new ContiguousStrategy().plan(zeros).lossless()).isFalse();
    assertLossless(zeros, STRATEGY.plan(zeros));
  }
}
