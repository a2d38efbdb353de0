package dev.partita.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against trying everything. */
class BalancedAssignmentTest {

  private static final double ROUNDING = 1e-7;

  private static double[] scores(SplittableRandom random, int items, int bins) {
    double[] scores = new double[items * bins];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextDouble();
    }
    return scores;
  }

  private static int[] capacities(int items, int bins) {
    int[] capacities = new int[bins];
    for (int i = 0; i < items; i++) {
      capacities[i % bins]++;
    }
    return capacities;
  }

  private static double sum(double[] scores, int[] owner, int bins) {
    double sum = 0;
    for (int i = 0; i < owner.length; i++) {
      sum += scores[i * bins + owner[i]];
    }
    return sum;
  }

  @Test
  void twoBinsAreFilledInTheBestWay() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 200; round++) {
      int items = 2 + random.nextInt(9);
      double[] scores = scores(random, items, 2);
      int[] capacities = capacities(items, 2);
      int[] owner = BalancedAssignment.assign(scores, capacities);
      assertThat(sum(scores, owner, 2))
          .isGreaterThan(best(scores, capacities.clone(), 0, items) - ROUNDING);
    }
  }

  @Test
  void noSwapOfTwoItemsGains() {
    SplittableRandom random = new SplittableRandom(2);
    for (int round = 0; round < 200; round++) {
      int bins = 2 + random.nextInt(4);
      int items = bins + random.nextInt(30);
      double[] scores = scores(random, items, bins);
      int[] capacities = capacities(items, bins);
      int[] owner = BalancedAssignment.assign(scores, capacities);
      int[] used = new int[bins];
      for (int bin : owner) {
        used[bin]++;
      }
      assertThat(used).isEqualTo(capacities);
      for (int i = 0; i < items; i++) {
        for (int j = 0; j < i; j++) {
          double before = scores[i * bins + owner[i]] + scores[j * bins + owner[j]];
          double after = scores[i * bins + owner[j]] + scores[j * bins + owner[i]];
          assertThat(after).isLessThan(before + ROUNDING);
        }
      }
    }
  }

  @Test
  void moreBinsAreFilledInTheBestWay() {
    SplittableRandom random = new SplittableRandom(4);
    for (int round = 0; round < 300; round++) {
      int bins = 3 + random.nextInt(2);
      int items = bins + random.nextInt(6);
      double[] scores = scores(random, items, bins);
      int[] capacities = capacities(items, bins);
      double best = best(scores, capacities.clone(), 0, items);
      int[] owner = BalancedAssignment.assign(scores, capacities);
      assertThat(sum(scores, owner, bins)).as("round %s", round).isGreaterThan(best - ROUNDING);
      int[] start = ContiguousStrategy.fill(capacities);
      int[] improved = BalancedAssignment.improve(scores, start, bins);
      assertThat(sum(scores, improved, bins)).isGreaterThan(best - ROUNDING);
      assertThat(Arrays.stream(improved).sorted().toArray()).isEqualTo(start);
    }
  }

  @Test
  void threeBinsAreNeverWorseThanTheGreedyStart() {
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 200; round++) {
      int items = 3 + random.nextInt(6);
      double[] scores = scores(random, items, 3);
      int[] capacities = capacities(items, 3);
      double found = sum(scores, BalancedAssignment.assign(scores, capacities), 3);
      double best = best(scores, capacities.clone(), 0, items);
      assertThat(found).isLessThan(best + ROUNDING);
      assertThat(found).isGreaterThan(byRegret(scores, capacities.clone(), items) - ROUNDING);
    }
  }

  private static double best(double[] scores, int[] free, int item, int items) {
    if (item == items) {
      return 0;
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int bin = 0; bin < free.length; bin++) {
      if (free[bin] > 0) {
        free[bin]--;
        double rest = best(scores, free, item + 1, items);
        best = Math.max(best, scores[item * free.length + bin] + rest);
        free[bin]++;
      }
    }
    return best;
  }

  /** The greedy start alone: who loses most by the second choice goes first. */
  private static double byRegret(double[] scores, int[] free, int items) {
    int bins = free.length;
    boolean[] placed = new boolean[items];
    double sum = 0;
    for (int step = 0; step < items; step++) {
      int next = -1;
      double most = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < items; i++) {
        double[] own = Arrays.copyOfRange(scores, i * bins, (i + 1) * bins);
        Arrays.sort(own);
        if (!placed[i] && own[bins - 1] - own[bins - 2] > most) {
          most = own[bins - 1] - own[bins - 2];
          next = i;
        }
      }
      int choice = -1;
      for (int bin = 0; bin < bins; bin++) {
        boolean better = choice < 0 || scores[next * bins + bin] > scores[next * bins + choice];
        if (free[bin] > 0 && better) {
          choice = bin;
        }
      }
      placed[next] = true;
      free[choice]--;
      sum += scores[next * bins + choice];
    }
    return sum;
  }
}
