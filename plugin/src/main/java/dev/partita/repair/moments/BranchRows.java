package dev.partita.repair.moments;

import com.google.common.primitives.ImmutableIntArray;
import dev.partita.partition.PartitionPlan;
import java.util.List;

/** What the branches hold of a value, put together. */
public final class BranchRows {

  private BranchRows() {}

  /** All features of a space in natural order, {@code [rows, features]}. */
  public static double[] join(PartitionPlan plan, int space, List<Rows> parts, int features) {
    int rows = parts.get(0).count();
    double[] joined = new double[Math.multiplyExact(rows, features)];
    for (int branch = 0; branch < parts.size(); branch++) {
      ImmutableIntArray members = plan.members().get(space).get(branch);
      float[] part = parts.get(branch).values();
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < members.length(); i++) {
          joined[row * features + members.get(i)] = part[row * members.length() + i];
        }
      }
    }
    return joined;
  }

  public static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
