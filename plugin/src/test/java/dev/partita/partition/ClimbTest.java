package dev.partita.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.partita.dense.find.WeightMatrix;
import dev.partita.workers.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What alternating assignment promises, and the sums that it keeps up to date. */
class ClimbTest {

  private static final double ROUNDING = 1e-9;

  private static WeightMatrix weight(SplittableRandom random, int in, int out, boolean transposed) {
    float[] values = new float[in * out];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.exp(random.nextGaussian()));
    }
    return transposed ? Problems.transposed(values, in, out) : Problems.matrix(values, in, out);
  }

  private static float[] scales(SplittableRandom random, int count) {
    float[] scales = new float[count];
    for (int i = 0; i < count; i++) {
      scales[i] = (float) random.nextDouble();
    }
    return scales;
  }

  private static int[] owners(SplittableRandom random, int count, int branches) {
    int[] capacities = new int[branches];
    for (int i = 0; i < count; i++) {
      capacities[i % branches]++;
    }
    return RandomStrategy.deal(capacities, random);
  }

  /** Few owners and many, so that every way of bringing sums up to date is taken. */
  @ParameterizedTest
  @CsvSource({"false, 1", "true, 1", "false, 2", "true, 2"})
  void sumsKeptUpToDateAreThoseCountedAfresh(boolean transposed, int threads) {
    SplittableRandom random = new SplittableRandom(11);
    int in = 131;
    int out = 97;
    int branches = 4;
    WeightMatrix weight = weight(random, in, out, transposed);
    float[] scales = scales(random, in);
    LayerImportance importance = new LayerImportance(weight, scales, Workers.of(threads));
    LayerScores scores = new LayerScores(importance, branches);
    int[] ins = owners(random, in, branches);
    int[] outs = owners(random, out, branches);
    for (int swaps : new int[] {40, 0, 1, 1, 10, 1, 25, 2}) {
      for (int i = 0; i < swaps; i++) {
        swap(random, ins);
        swap(random, outs);
      }
      double[] ofInputs = new double[in * branches];
      double[] ofOutputs = new double[out * branches];
      scores.addInputScores(outs, ofInputs);
      scores.addOutputScores(ins, ofOutputs);
      double[] inputsAfresh = new double[in * branches];
      double[] outputsAfresh = new double[out * branches];
      double kept = count(weight, scales, ins, outs, branches, inputsAfresh, outputsAfresh);
      assertThat(ofInputs).containsExactly(inputsAfresh, within(ROUNDING * in));
      assertThat(ofOutputs).containsExactly(outputsAfresh, within(ROUNDING * out));
      assertThat(scores.retained(ins, outs)).isCloseTo(kept, within(ROUNDING));
      assertThat(importance.retained(ins, outs)).isCloseTo(kept, within(ROUNDING));
    }
  }

  private static void swap(SplittableRandom random, int[] owners) {
    int a = random.nextInt(owners.length);
    int b = random.nextInt(owners.length);
    int owner = owners[a];
    owners[a] = owners[b];
    owners[b] = owner;
  }

  /** The definition, weight by weight; returns the share that is kept. */
  private static double count(
      WeightMatrix weight,
      float[] scales,
      int[] ins,
      int[] outs,
      int branches,
      double[] ofInputs,
      double[] ofOutputs) {
    float[] values =
        weight
            .block(
                IntStream.range(0, ins.length).toArray(), IntStream.range(0, outs.length).toArray())
            .values();
    double all = 0;
    double kept = 0;
    for (int k = 0; k < ins.length; k++) {
      for (int n = 0; n < outs.length; n++) {
        double value = (double) Math.abs(values[k * outs.length + n]) * scales[k];
        all += value;
        kept += ins[k] == outs[n] ? value : 0;
        ofInputs[k * branches + outs[n]] += value;
        ofOutputs[n * branches + ins[k]] += value;
      }
    }
    double scale = values.length / all;
    for (int i = 0; i < ofInputs.length; i++) {
      ofInputs[i] *= scale;
    }
    for (int i = 0; i < ofOutputs.length; i++) {
      ofOutputs[i] *= scale;
    }
    return kept / all;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void noPlanIsBelowContiguousOrRandomOnes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int branches = 2 + random.nextInt(5);
    int[] sizes = random.ints(4, 24, 90).toArray();
    PlanProblem problem =
        Problems.chain(
            branches,
            1,
            null,
            weight(random, sizes[0], sizes[1], false),
            weight(random, sizes[1], sizes[2], true),
            weight(random, sizes[2], sizes[3], false));
    PartitionPlan plan = new OptimizedStrategy(seed).plan(problem);
    double best = new ContiguousStrategy().plan(problem).retainedImportance();
    for (int other = 0; other < 20; other++) {
      best = Math.max(best, new RandomStrategy(other).plan(problem).retainedImportance());
    }
    assertThat(plan.retainedImportance()).as("seed %s", seed).isGreaterThan(best + 0.01);
    assertThat(problem.retained(ownersOf(plan, sizes)))
        .isCloseTo(plan.retainedImportance(), within(ROUNDING));
  }

  private static List<int[]> ownersOf(PartitionPlan plan, int[] sizes) {
    return IntStream.range(0, sizes.length)
        .mapToObj(
            space -> {
              int[] owners = new int[sizes[space]];
              for (int branch = 0; branch < plan.branches(); branch++) {
                for (int feature : plan.features(space, branch)) {
                  owners[feature] = branch;
                }
              }
              return owners;
            })
        .toList();
  }

  @Test
  void aSweepNeverLosesWhatWasReached() {
    SplittableRandom random = new SplittableRandom(7);
    PlanProblem problem =
        Problems.chain(4, 1, null, weight(random, 60, 50, false), weight(random, 50, 40, false));
    List<int[]> start =
        List.of(owners(random, 60, 4), owners(random, 50, 4), owners(random, 40, 4));
    Climb climb = new Climb(problem, start);
    double before = -1;
    for (int sweep = 0; sweep < 12; sweep++) {
      climb.sweep(1);
      assertThat(climb.retained()).isGreaterThanOrEqualTo(before);
      assertThat(problem.retained(climb.owners())).isCloseTo(climb.retained(), within(ROUNDING));
      before = climb.retained();
    }
    assertThat(before).isGreaterThan(problem.retained(start));
    assertThat(Arrays.stream(start.get(0)).sum())
        .isEqualTo(Arrays.stream(climb.owners().get(0)).sum());
  }
}
