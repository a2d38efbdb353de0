package dev.partita.rewrite;

import com.google.common.collect.ImmutableMap;
import dev.partita.dense.find.Matrix;
import java.util.HashMap;
import java.util.Map;

/**
 * The narrow ways by which branches of a region hear of each other, none of them inside the
 * branches: every branch also reads a projection of the whole entry value, and every branch also
 * hands over a few numbers that one small product adds to what the branches join to.
 *
 * <pre>
 *   entry   z = x U, computed once;  branch p reads [x_p, z] instead of x_p
 *   exit    y = join(y_p) + (sum over p of h_p A_p) B
 * </pre>
 *
 * @param rank R; 0 for no bridge at all
 * @param projections by the name of an entry value: U {@code [K, R]}. The blocks that read the
 *     entry have R more inputs, behind their own
 * @param exits by the name of an exit value
 */
public record Bridges(
    int rank, ImmutableMap<String, Matrix> projections, ImmutableMap<String, Exit> exits) {

  /** No bridge. */
  public static final Bridges NONE = new Bridges(0, ImmutableMap.of(), ImmutableMap.of());

  /**
   * A product around the last cut layer before an exit.
   *
   * @param source the value h that this layer reads
   * @param collect A {@code [n, R]}, the features of h in natural order
   * @param spread B {@code [R, N]}, the features of the exit in natural order
   */
  public record Exit(String source, Matrix collect, Matrix spread) {}

  /** The rank of an entry's projection; 0 where there is none. */
  public int rank(String entry) {
    return projections.containsKey(entry) ? rank : 0;
  }

  /** The same with a projection of one more entry, or another one of the same. */
  Bridges with(String entry, Matrix projection, int rank) {
    Map<String, Matrix> more = new HashMap<>(projections);
    more.put(entry, projection);
    return new Bridges(rank, ImmutableMap.copyOf(more), exits);
  }

  /** The same with one more exit, or another bridge at the same. */
  Bridges with(String exit, Exit bridge, int rank) {
    Map<String, Exit> more = new HashMap<>(exits);
    more.put(exit, bridge);
    return new Bridges(rank, projections, ImmutableMap.copyOf(more));
  }
}
