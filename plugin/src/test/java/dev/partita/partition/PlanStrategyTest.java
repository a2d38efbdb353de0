package dev.partita.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.repair.moments.BlasProducts;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every plan owes, and what each strategy is for. */
class PlanStrategyTest {

  private static List<PlanStrategy> strategies(int threads) {
    return List.of(
        new ContiguousStrategy(),
        new RandomStrategy(5),
        new OptimizedStrategy(5),
        new DraftedStrategy(BlasProducts.INSTANCE, Workers.of(threads)));
  }

  private static PlanProblem problem(int branches, int threads, int size) {
    SplittableRandom random = new SplittableRandom(3);
    return Problems.chain(
        branches,
        threads,
        Problems.independent(size),
        Problems.random(random, size, size),
        Problems.random(random, size, size));
  }

  @ParameterizedTest
  @CsvSource({"2, 9", "3, 10", "4, 23", "5, 24", "7, 7", "8, 9"})
  void everyFeatureHasOneOwnerAndBlocksDifferByAtMostOne(int branches, int size) {
    for (PlanStrategy strategy : strategies(1)) {
      PartitionPlan plan = strategy.plan(problem(branches, 1, size));
      assertThat(plan.strategy()).isEqualTo(strategy.name());
      for (int space = 0; space < 3; space++) {
        int[] order = plan.order(space);
        assertThat(Arrays.stream(order).sorted().toArray())
            .isEqualTo(IntStream.range(0, size).toArray());
        int at = space;
        int[] sizes = IntStream.range(0, branches).map(p -> plan.blockSize(at, p)).toArray();
        assertThat(Arrays.stream(sizes).max().orElse(0) - Arrays.stream(sizes).min().orElse(0))
            .as(strategy.name())
            .isLessThanOrEqualTo(1);
        int[] inverse = plan.inverseOrder(space);
        for (int feature = 0; feature < size; feature++) {
          assertThat(order[inverse[feature]]).isEqualTo(feature);
        }
        for (int branch = 0; branch < branches; branch++) {
          assertThat(plan.features(space, branch)).isSorted();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 9, 2", "3, 5, 7", "4, 8, 4", "5, 23, 3", "4, 4, 49"})
  void granulesStayTogetherAndBlocksDifferByAtMostOne(int branches, int granules, int granule) {
    int size = granules * granule;
    SplittableRandom random = new SplittableRandom(8);
    WeightMatrix first = Problems.random(random, size, size);
    WeightMatrix second = Problems.random(random, size, size);
    List<PlanStrategy> all = new ArrayList<>(strategies(1));
    all.add(new LosslessStrategy());
    for (PlanStrategy strategy : all) {
      // Full weights cannot be cut without loss, so that the lossless strategy gets empty ones.
      boolean empty = strategy instanceof LosslessStrategy;
      WeightMatrix zeros = Problems.matrix(new float[size * size], size, size);
      PlanProblem problem =
          Problems.granular(
              branches,
              1,
              granule,
              Problems.independent(size),
              empty ? zeros : first,
              empty ? zeros : second);
      PartitionPlan plan = strategy.plan(problem);
      assertThat(strategy.plan(problem)).isEqualTo(plan);
      for (int space = 0; space < 3; space++) {
        int fewest = size;
        int most = 0;
        int seen = 0;
        for (int branch = 0; branch < branches; branch++) {
          int[] features = plan.features(space, branch);
          for (int i = 0; i < features.length; i++) {
            assertThat(features[i])
                .as("%s, feature %s of space %s", strategy.name(), i, space)
                .isEqualTo(features[i - i % granule] + i % granule);
            assertThat(features[i] % granule).isEqualTo(i % granule);
          }
          fewest = Math.min(fewest, features.length);
          most = Math.max(most, features.length);
          seen += features.length;
        }
        assertThat(seen).isEqualTo(size);
        assertThat(most - fewest).as(strategy.name()).isLessThanOrEqualTo(granule);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"10, 7, 3", "24, 23, 1", "12, 0, 12"})
  void blocksHaveTheSizesThatTheProblemGives(int size, int first, int second) {
    PlanProblem equal = problem(2, 1, size);
    ImmutableIntArray sizes = ImmutableIntArray.of(first, second);
    PlanProblem problem = equal.withBlocks(Collections.nCopies(3, sizes));
    for (PlanStrategy strategy : strategies(1)) {
      PartitionPlan plan = strategy.plan(problem);
      for (int space = 0; space < 3; space++) {
        assertThat(plan.blockSize(space, 0)).as(strategy.name()).isEqualTo(first);
        assertThat(plan.blockSize(space, 1)).as(strategy.name()).isEqualTo(second);
      }
    }
  }

  @Test
  void blocksThatDoNotFillTheirSpacesAreRefused() {
    PlanProblem problem = problem(2, 1, 10);
    assertThatThrownBy(() -> problem.withBlocks(Collections.nCopies(3, ImmutableIntArray.of(5, 4))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10 granules");
    assertThatThrownBy(
            () -> problem.withBlocks(Collections.nCopies(3, ImmutableIntArray.of(5, 4, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 branches");
    assertThatThrownBy(
            () -> problem.withBlocks(Collections.nCopies(3, ImmutableIntArray.of(11, -1))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> problem.withBlocks(List.of(ImmutableIntArray.of(5, 5))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blocks of 1 spaces, there are 3");
  }

  @Test
  void granulesAcrossTheRunsOfACovarianceAreAssignedByImportance() {
    int size = 12;
    double[] half = new double[36];
    for (int i = 0; i < 6; i++) {
      half[i * 6 + i] = 1;
    }
    FeatureCovariance covariance =
        new FeatureCovariance(
            ImmutableList.of(
                new FeatureCovariance.Run(0, 6, half), new FeatureCovariance.Run(6, 6, half)));
    PlanProblem problem =
        Problems.granular(
            3, 1, 4, covariance, Problems.random(new SplittableRandom(6), size, size));
    PartitionPlan plan = new DraftedStrategy(BlasProducts.INSTANCE, Workers.of(1)).plan(problem);
    for (int branch = 0; branch < 3; branch++) {
      int[] features = plan.features(0, branch);
      assertThat(features).hasSize(4);
      assertThat(features[0] % 4).isZero();
      assertThat(features[3]).isEqualTo(features[0] + 3);
    }
  }

  /** Two whole granules and one of fewer features, which end their branch wherever it is. */
  @ParameterizedTest
  @CsvSource({"2, 10, 4", "3, 10, 4", "2, 33, 16", "3, 33, 16", "4, 100, 16"})
  void theLastGranuleMayHaveFewerFeatures(int branches, int size, int granule) {
    SplittableRandom random = new SplittableRandom(9);
    WeightMatrix zeros = Problems.matrix(new float[size * size], size, size);
    List<PlanStrategy> all = new ArrayList<>(strategies(1));
    all.add(new LosslessStrategy());
    for (PlanStrategy strategy : all) {
      WeightMatrix weight =
          strategy instanceof LosslessStrategy ? zeros : Problems.random(random, size, size);
      PartitionPlan plan =
          strategy.plan(
              Problems.granular(branches, 1, granule, Problems.independent(size), weight));
      for (int space = 0; space < 2; space++) {
        int seen = 0;
        for (int branch = 0; branch < branches; branch++) {
          int[] features = plan.features(space, branch);
          assertThat(features).as(strategy.name()).isNotEmpty().isSorted();
          for (int i = 0; i < features.length; i++) {
            assertThat(features[i])
                .as("%s, feature %s of space %s", strategy.name(), i, space)
                .isEqualTo(features[i - i % granule] + i % granule);
            assertThat(features[i] % granule).isEqualTo(i % granule);
          }
          int last = features[features.length - 1];
          assertThat((last + 1) % granule == 0 || last + 1 == size).as(strategy.name()).isTrue();
          seen += features.length;
        }
        assertThat(seen).isEqualTo(size);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"10, 11", "10, 0", "10, -1"})
  void aSpaceHasAGranuleAtLeast(int size, int granule) {
    assertThatThrownBy(() -> new FeatureSpace(0, size, FeatureSpace.State.ASSIGNED, granule))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void plansDoNotDependOnThreads() {
    for (int i = 0; i < 4; i++) {
      PartitionPlan one = strategies(1).get(i).plan(problem(4, 1, 37));
      assertThat(strategies(1).get(i).plan(problem(4, 1, 37))).isEqualTo(one);
      assertThat(strategies(4).get(i).plan(problem(4, 4, 37))).isEqualTo(one);
    }
  }

  @Test
  void anotherSeedDealsAnotherPlan() {
    PlanProblem problem = problem(4, 1, 37);
    assertThat(new RandomStrategy(1).plan(problem).members())
        .isNotEqualTo(new RandomStrategy(2).plan(problem).members());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void retainedImportanceIsWhatCountingGives(int branches) {
    SplittableRandom random = new SplittableRandom(9);
    WeightMatrix first = Problems.random(random, 13, 17);
    WeightMatrix second = Problems.random(random, 17, 11);
    PlanProblem problem = Problems.chain(branches, 1, null, first, second);
    for (PlanStrategy strategy :
        List.of(new ContiguousStrategy(), new RandomStrategy(2), new OptimizedStrategy(2))) {
      PartitionPlan plan = strategy.plan(problem);
      double expected =
          (13 * 17 * kept(plan, first, 0) + 17 * 11 * kept(plan, second, 1)) / (13 * 17 + 17 * 11);
      assertThat(plan.retainedImportance()).isCloseTo(expected, within(1e-9));
    }
  }

  private static double kept(PartitionPlan plan, WeightMatrix weight, int inSpace) {
    double all = 0;
    float[] values =
        weight
            .block(
                IntStream.range(0, weight.in()).toArray(),
                IntStream.range(0, weight.out()).toArray())
            .values();
    for (float value : values) {
      all += Math.abs(value);
    }
    double kept = 0;
    for (int branch = 0; branch < plan.branches(); branch++) {
      for (int k : plan.features(inSpace, branch)) {
        for (int n : plan.features(inSpace + 1, branch)) {
          kept += Math.abs(values[k * weight.out() + n]);
        }
      }
    }
    return kept / all;
  }

  @ParameterizedTest
  @CsvSource({"2, 24", "3, 24", "4, 32"})
  void theOptimizedStrategyFindsPlantedBlocks(int branches, int size) {
    SplittableRandom random = new SplittableRandom(17);
    int[] capacities = new int[branches];
    Arrays.fill(capacities, size / branches);
    int[][] owners = new int[3][];
    for (int i = 0; i < owners.length; i++) {
      owners[i] = RandomStrategy.deal(capacities, random);
    }
    PlanProblem problem =
        Problems.chain(
            branches,
            1,
            null,
            planted(random, owners[0], owners[1]),
            planted(random, owners[1], owners[2]));
    PartitionPlan plan = new OptimizedStrategy(1).plan(problem);
    assertThat(plan.retainedImportance()).isCloseTo(1, within(1e-12));
    assertThat(new ContiguousStrategy().plan(problem).retainedImportance()).isLessThan(0.8);
    int[] names = new int[branches];
    for (int branch = 0; branch < branches; branch++) {
      names[branch] = owners[0][plan.features(0, branch)[0]];
      for (int space = 0; space < 3; space++) {
        for (int feature : plan.features(space, branch)) {
          assertThat(owners[space][feature]).isEqualTo(names[branch]);
        }
      }
    }
  }

  private static WeightMatrix planted(SplittableRandom random, int[] ins, int[] outs) {
    float[] values = new float[ins.length * outs.length];
    for (int i = 0; i < values.length; i++) {
      boolean inside = ins[i / outs.length] == outs[i % outs.length];
      values[i] = inside ? (float) (0.5 + random.nextDouble()) : 0;
    }
    return Problems.matrix(values, ins.length, outs.length);
  }

  /** Inputs 2i and 2i + 1 are the same signal: one of them is enough for a branch. */
  @ParameterizedTest
  @ValueSource(ints = {8, 12, 20})
  void theDraftSpreadsDuplicatedInputs(int pairs) {
    int size = 2 * pairs;
    double[] matrix = new double[size * size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        matrix[i * size + j] = i / 2 == j / 2 ? 1 : 0;
      }
    }
    FeatureCovariance covariance =
        new FeatureCovariance(ImmutableList.of(new FeatureCovariance.Run(0, size, matrix)));
    PlanProblem problem =
        Problems.chain(2, 1, covariance, Problems.random(new SplittableRandom(4), size, size));
    assertThat(DraftedStrategy.canPlan(problem)).isTrue();
    PartitionPlan plan = new DraftedStrategy(BlasProducts.INSTANCE, Workers.of(1)).plan(problem);
    assertThat(plan.isNatural(1)).isTrue();
    for (int branch = 0; branch < 2; branch++) {
      assertThat(Arrays.stream(plan.features(0, branch)).map(k -> k / 2).distinct().count())
          .as("signals that branch %s hears", branch)
          .isEqualTo(pairs);
    }
  }

  @Test
  void theDraftNeedsCovariances() {
    PlanProblem problem =
        Problems.chain(2, 1, null, Problems.random(new SplittableRandom(4), 8, 8));
    assertThat(DraftedStrategy.canPlan(problem)).isFalse();
  }

  @Test
  void weightsThatAreAllZeroLoseNothing() {
    PlanProblem problem = Problems.chain(2, 1, null, Problems.matrix(new float[64], 8, 8));
    assertThat(new OptimizedStrategy(1).plan(problem).retainedImportance()).isEqualTo(1);
  }
}
