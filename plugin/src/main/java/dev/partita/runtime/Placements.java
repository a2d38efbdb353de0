package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides how the samples of arrays go into the inputs of a model. Samples along the first axis go
 * before all else, if all arrays then have equally many. Otherwise there has to be one other way to
 * read all of them together.
 *
 * @param byInput how those of each input do
 * @param notes what is unusual of it, in sentences
 */
record Placements(ImmutableMap<String, Placement> byInput, ImmutableList<String> notes) {

  private static final String HINT = "Say which axis counts the samples: --sample-axis NAME=AXIS.";

  /**
   * Decides.
   *
   * @param source where the arrays come from, as messages name it
   * @param shapes of the array of each input
   * @param asked the axis of the samples, for some inputs
   * @throws DataException where the arrays fit in no way, or in two
   */
  static Placements of(
      InputCheck check,
      String source,
      List<TensorDescription> inputs,
      Map<String, ImmutableLongArray> shapes,
      Map<String, Integer> asked) {
    Search search = new Search(inputs, shapes, asked(source, inputs, shapes, asked));
    ImmutableMap<String, Placement> usual = search.usual();
    if (usual != null) {
      return new Placements(usual, ImmutableList.of());
    }
    List<ImmutableMap<String, Placement>> ways = search.others();
    if (ways.size() > 1) {
      throw new DataException(
          "%s can be read in two ways: %s; or %s."
              .formatted(source, text(ways.get(0), shapes), text(ways.get(1), shapes)),
          HINT);
    }
    if (ways.isEmpty()) {
      // The usual way says what does not fit.
      for (TensorDescription input : inputs) {
        if (!asked.containsKey(input.name()) && (input.rank() > 0 || !input.facts().ranked())) {
          check.shape(input, shape(shapes, input));
        }
      }
      check.haveSamples();
      throw differing(source, inputs, shapes, asked);
    }
    ImmutableMap<String, Placement> way = ways.get(0);
    return new Placements(
        way, ImmutableList.of("%s is read so: %s.".formatted(source, text(way, shapes))));
  }

  private static DataException differing(
      String source,
      List<TensorDescription> inputs,
      Map<String, ImmutableLongArray> shapes,
      Map<String, Integer> asked) {
    TensorDescription first = inputs.get(0);
    long samples = samples(first, shapes, asked);
    for (TensorDescription input : inputs) {
      long own = samples(input, shapes, asked);
      if (own != samples) {
        return new DataException(
            "%s: array \"%s\" has %d samples, array \"%s\" has %d."
                .formatted(source, input.name(), own, first.name(), samples),
            "Give every array the same number of samples, or say which axis counts them with"
                + " --sample-axis NAME=AXIS.");
      }
    }
    throw new IllegalStateException("all arrays of " + source + " have equally many samples");
  }

  private static long samples(
      TensorDescription input, Map<String, ImmutableLongArray> shapes, Map<String, Integer> asked) {
    int axis = asked.getOrDefault(input.name(), 0);
    ImmutableLongArray shape = shape(shapes, input);
    return shape.get(axis < 0 ? axis + shape.length() : axis);
  }

  private static ImmutableLongArray shape(
      Map<String, ImmutableLongArray> shapes, TensorDescription input) {
    ImmutableLongArray shape = shapes.get(input.name());
    if (shape == null) {
      throw new IllegalArgumentException("There is no array for " + input.name() + ".");
    }
    return shape;
  }

  private static ImmutableMap<String, Placement> asked(
      String source,
      List<TensorDescription> inputs,
      Map<String, ImmutableLongArray> shapes,
      Map<String, Integer> asked) {
    ImmutableMap.Builder<String, Placement> placements = ImmutableMap.builder();
    for (String name : asked.keySet()) {
      if (inputs.stream().noneMatch(input -> input.name().equals(name))) {
        throw new DataException(
            "The model has no input \"%s\" with an axis of samples%s."
                .formatted(
                    name,
                    Suggestion.forName(
                        name, inputs.stream().map(TensorDescription::name).toList())),
            "Name one of its inputs in --sample-axis.");
      }
    }
    for (TensorDescription input : inputs) {
      Integer given = asked.get(input.name());
      if (given != null) {
        ImmutableLongArray shape = shape(shapes, input);
        int axis = given < 0 ? given + shape.length() : given;
        if (axis < 0 || axis >= shape.length() || !fits(input, shape, axis)) {
          throw new DataException(
              "%s: array \"%s\" has shape %s, the input has %s, and axis %d cannot count the samples."
                  .formatted(source, input.name(), shape, input.shapeText(), given),
              "Count axes from 0, or from the end with -1.");
        }
        placements.put(input.name(), Placement.ofAxis(axis));
      }
    }
    return placements.buildOrThrow();
  }

  /** Whether all axes but one are as the input has them; that one may be of any size. */
  private static boolean fits(TensorDescription input, ImmutableLongArray shape, int but) {
    if (!input.facts().ranked()) {
      return shape.length() > but;
    }
    return shape.length() == input.rank()
        && but < input.rank()
        && IntStream.range(0, input.rank())
            .allMatch(axis -> axis == but || isAs(input, axis, shape.get(axis)));
  }

  private static boolean isAs(TensorDescription input, int axis, long size) {
    return input.shape().get(axis) < 0 || input.shape().get(axis) == size;
  }

  private static String text(
      ImmutableMap<String, Placement> way, Map<String, ImmutableLongArray> shapes) {
    return way.entrySet().stream()
        .map(
            entry ->
                "\"%s\" %s %s"
                    .formatted(
                        entry.getKey(),
                        shapes.get(entry.getKey()),
                        entry.getValue().text(shapes.get(entry.getKey()))))
        .collect(Collectors.joining(", "));
  }

  /** The ways in which all arrays have equally many samples. */
  private record Search(
      List<TensorDescription> inputs,
      Map<String, ImmutableLongArray> shapes,
      ImmutableMap<String, Placement> asked) {

    /** Along the first axis; null where that does not fit all arrays. */
    @Nullable ImmutableMap<String, Placement> usual() {
      return agreed(input -> fits(input, shape(shapes, input), 0) ? Placement.ROWS : null);
    }

    List<ImmutableMap<String, Placement>> others() {
      List<ImmutableMap<String, Placement>> ways = new ArrayList<>();
      add(ways, agreed(input -> isWhole(input) ? Placement.WHOLE : shared(input)));
      add(
          ways,
          agreed(
              input ->
                  lacksFirstAxis(input)
                      ? Placement.ONE_ROW
                      : fits(input, shape(shapes, input), 0) ? Placement.ROWS : shared(input)));
      Set<Long> sizes = new TreeSet<>();
      shapes.values().forEach(shape -> shape.forEach(sizes::add));
      for (long size : sizes) {
        add(ways, agreed(input -> along(input, size)));
      }
      return ways;
    }

    private static void add(
        List<ImmutableMap<String, Placement>> ways, @Nullable ImmutableMap<String, Placement> way) {
      if (way != null && !ways.contains(way)) {
        ways.add(way);
      }
    }

    private interface Rule {
      @Nullable Placement of(TensorDescription input);
    }

    /** What a rule says of all inputs, if all then have equally many samples. */
    private @Nullable ImmutableMap<String, Placement> agreed(Rule rule) {
      ImmutableMap.Builder<String, Placement> way = ImmutableMap.builder();
      long samples = -1;
      for (TensorDescription input : inputs) {
        Placement given = asked.get(input.name());
        Placement placement = given != null ? given : rule.of(input);
        if (placement == null) {
          return null;
        }
        long own = placement.samples(shape(shapes, input));
        if (own >= 0 && samples >= 0 && own != samples) {
          return null;
        }
        samples = Math.max(samples, own);
        way.put(input.name(), placement);
      }
      return samples < 0 ? null : way.buildOrThrow();
    }

    private boolean isWhole(TensorDescription input) {
      ImmutableLongArray shape = shape(shapes, input);
      return input.facts().ranked()
          && input.rank() > 0
          && shape.length() == input.rank() + 1
          && IntStream.range(0, input.rank())
              .allMatch(axis -> isAs(input, axis, shape.get(axis + 1)));
    }

    private boolean lacksFirstAxis(TensorDescription input) {
      ImmutableLongArray shape = shape(shapes, input);
      return input.facts().ranked()
          && input.rank() > 0
          && shape.length() == input.rank() - 1
          && isAs(input, 0, 1)
          && IntStream.range(0, shape.length())
              .allMatch(axis -> isAs(input, axis + 1, shape.get(axis)));
    }

    /** A scalar, or an input of one size next to others whose number of samples is open. */
    private @Nullable Placement shared(TensorDescription input) {
      ImmutableLongArray shape = shape(shapes, input);
      boolean same =
          input.facts().ranked()
              && shape.equals(input.shape())
              && (input.rank() == 0
                  || inputs.stream()
                      .anyMatch(other -> other.rank() > 0 && other.shape().get(0) < 0));
      return same ? Placement.SHARED : null;
    }

    /** So many samples along the first axis, or along one other whose size is open. */
    private @Nullable Placement along(TensorDescription input, long size) {
      ImmutableLongArray shape = shape(shapes, input);
      if (fits(input, shape, 0) && shape.get(0) == size) {
        return Placement.ROWS;
      }
      List<Integer> axes =
          IntStream.range(1, input.facts().ranked() ? input.rank() : 0)
              .filter(axis -> input.shape().get(axis) < 0 && shape.length() == input.rank())
              .filter(axis -> shape.get(axis) == size && fits(input, shape, axis))
              .filter(axis -> mayBeSamples(input, axis))
              .boxed()
              .toList();
      return axes.size() == 1 ? Placement.ofAxis(axes.get(0)) : shared(input);
    }

    /** An axis that has a name has that of the samples elsewhere, and no other axis has it here. */
    private boolean mayBeSamples(TensorDescription input, int axis) {
      String name = input.dimensionNames().get(axis);
      return name.isEmpty()
          || (inputs.stream()
                  .filter(other -> !other.equals(input) && other.rank() > 0)
                  .anyMatch(
                      other ->
                          other.dimensionNames().get(0).equals(name)
                              || other.dimensionNames().get(0).isEmpty())
              && !input.dimensionNames().get(0).equals(name));
    }
  }
}
