package dev.partita.options;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Choice;
import dev.partita.spi.ParameterType.Entries;
import dev.partita.spi.ParameterType.Text;
import dev.partita.spi.ParameterType.WholeNumber;
import org.jspecify.annotations.Nullable;

/**
 * The accelerators, and what the estimates assume.
 *
 * @param accelerators number of branches; null for as many as the target has
 * @param name of a bundled target, or path of a YAML file
 * @param overrides values that replace keys of the target
 * @param dims size that the estimates assume for a symbolic dimension, by its name; 1 where absent
 * @param dramSharing which estimate the graph carries; null for the target's own
 */
public record TargetOptions(
    @Nullable Integer accelerators,
    String name,
    ImmutableMap<String, String> overrides,
    ImmutableSortedMap<String, Long> dims,
    @Nullable DramSharing dramSharing) {

  public static final Parameter<Long> ACCELERATORS =
      Parameter.derived(
          "accelerators",
          WholeNumber.count(),
          "as many as the target has",
          "Number of accelerators, one branch each.");

  public static final Parameter<String> TARGET =
      Parameter.of(
          "target",
          new Text("NAME|FILE"),
          "tetris-3d",
          "The target of the estimates: a bundled target or a YAML file.");

  public static final Parameter<ImmutableMap<String, String>> SET =
      Parameter.optional(
          "set",
          new Entries<>("KEY", new Text("VALUE")),
          "Override a key of the target, such as array.dataflow=systolic-os.");

  public static final Parameter<ImmutableMap<String, Long>> DIM =
      Parameter.derived(
          "dim",
          new Entries<>("NAME", new WholeNumber("N", 1, Long.MAX_VALUE)),
          "1",
          "Size of a symbolic dimension in the estimates.");

  public static final Parameter<DramSharing> DRAM =
      Parameter.derived(
          "dram",
          new Choice<>(DramSharing.class),
          "the target's",
          "Whether the estimates assume private or shared DRAM bandwidth.");

  static final ImmutableList<Parameter<?>> PARAMETERS =
      ImmutableList.of(ACCELERATORS, TARGET, SET, DIM, DRAM);

  static TargetOptions of(Arguments arguments) {
    return new TargetOptions(
        Options.whole(arguments.get(ACCELERATORS)),
        arguments.require(TARGET),
        arguments.get(SET, ImmutableMap.of()),
        ImmutableSortedMap.copyOf(arguments.get(DIM, ImmutableMap.of())),
        arguments.get(DRAM));
  }
}
