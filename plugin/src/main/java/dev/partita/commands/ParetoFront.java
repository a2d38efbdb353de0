package dev.partita.commands;

import com.google.common.collect.ImmutableList;
import dev.partita.report.schema.SearchReport.Point;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Finds the Pareto-optimal points. */
final class ParetoFront {

  private ParetoFront() {}

  /** The same points, with those on the fronts of time and of energy marked. */
  static ImmutableList<Point> mark(List<Point> points) {
    return points.stream()
        .map(
            point ->
                point.marked(isOn(point, points, Point::time), isOn(point, points, Point::energy)))
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean isOn(Point point, List<Point> all, ToDoubleFunction<Point> cost) {
    return all.stream()
        .noneMatch(
            other ->
                other.loss() <= point.loss()
                    && cost.applyAsDouble(other) <= cost.applyAsDouble(point)
                    && (other.loss() < point.loss()
                        || cost.applyAsDouble(other) < cost.applyAsDouble(point)));
  }
}
