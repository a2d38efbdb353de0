package dev.partita.accelerator;

import com.google.common.base.Preconditions;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSortedMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How fast a memory is read: one number, or a curve over the size of the working set, because what
 * fits a cache comes faster than what does not.
 *
 * @param byWorkingSet bytes per cycle by the bytes that are read over and over; at least one point
 */
public record Bandwidth(ImmutableSortedMap<Long, Double> byWorkingSet) {

  private static final Pattern CURVE = Pattern.compile("\\{(.*)}");
  private static final Pattern POINT = Pattern.compile("([0-9]{1,18}): (.+)");

  /**
   * Checks that there is something to read from.
   *
   * @throws IllegalArgumentException if there is no point
   */
  public Bandwidth {
    Preconditions.checkArgument(!byWorkingSet.isEmpty(), "a curve without points");
  }

  /** The same for every working set. */
  public static Bandwidth of(double bytesPerCycle) {
    return new Bandwidth(ImmutableSortedMap.of(1L, bytesPerCycle));
  }

  /** Whether it depends on the working set. */
  public boolean isCurve() {
    return byWorkingSet.size() > 1;
  }

  /** Bytes per cycle of the largest working set: what does not depend on a cache. */
  public double bytesPerCycle() {
    return byWorkingSet.lastEntry().getValue();
  }

  /**
   * Bytes per cycle for a working set: between two points on the line over the logarithm of the
   * size, beyond the ends that of the end.
   *
   * @param bytes of the working set
   */
  public double at(long bytes) {
    Map.Entry<Long, Double> below = byWorkingSet.floorEntry(bytes);
    Map.Entry<Long, Double> above = byWorkingSet.ceilingEntry(bytes);
    if (below == null) {
      return byWorkingSet.firstEntry().getValue();
    }
    if (above == null) {
      return bytesPerCycle();
    }
    if (above.getKey().equals(below.getKey())) {
      return below.getValue();
    }
    double part =
        Math.log((double) bytes / below.getKey())
            / Math.log((double) above.getKey() / below.getKey());
    return below.getValue() + part * (above.getValue() - below.getValue());
  }

  /** As written in a target file: a number, or a map as in {@code {262144: 50, 1048576: 20}}. */
  public String text() {
    return isCurve()
        ? byWorkingSet.entrySet().stream()
            .map(point -> point.getKey() + ": " + Decimals.print(point.getValue()))
            .collect(Collectors.joining(", ", "{", "}"))
        : Decimals.print(bytesPerCycle());
  }

  /**
   * Reads what {@link #text} writes; null for anything else: sizes that do not grow, a map of one
   * point, numbers out of range.
   *
   * @param least bytes per cycle
   * @param most bytes per cycle
   */
  static @Nullable Bandwidth parse(String text, double least, double most) {
    if (Decimals.isNumber(text)) {
      double value = Double.parseDouble(text);
      return value >= least && value <= most ? of(value + 0.0) : null;
    }
    Matcher curve = CURVE.matcher(text);
    if (!curve.matches()) {
      return null;
    }
    List<String> points = Splitter.on(',').trimResults().splitToList(curve.group(1));
    TreeMap<Long, Double> found = new TreeMap<>();
    for (String point : points) {
      Matcher parts = POINT.matcher(point);
      if (!parts.matches() || !Decimals.isNumber(parts.group(2))) {
        return null;
      }
      long bytes = Long.parseLong(parts.group(1));
      double value = Double.parseDouble(parts.group(2));
      boolean grows = found.isEmpty() ? bytes > 0 : bytes > found.lastKey();
      if (!grows || value < least || value > most) {
        return null;
      }
      found.put(bytes, value + 0.0);
    }
    return found.size() > 1 ? new Bandwidth(ImmutableSortedMap.copyOf(found)) : null;
  }
}
