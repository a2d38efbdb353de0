package dev.partita.options;

import com.google.common.collect.ImmutableList;
import dev.partita.spi.Parameter;
import java.util.Arrays;

/** Options that belong together, of which a command takes all or none. */
public enum OptionGroup {
  /** The accelerators, and what the estimates assume. */
  TARGET(TargetOptions.PARAMETERS),
  /** How blocks are chosen, and from what. */
  PLANNING(PlanningOptions.PARAMETERS),
  /** How a planned model is repaired, and on what it is checked. */
  REPAIR(RepairOptions.PARAMETERS),
  /** What is written. */
  OUTPUT(OutputOptions.PARAMETERS),
  /** The accuracy condition. */
  GATE(GateOptions.PARAMETERS),
  /** Which layers are cut. */
  SELECTION(SelectionOptions.PARAMETERS);

  @SuppressWarnings("ImmutableEnumChecker") // Parameters are records of values.
  private final ImmutableList<Parameter<?>> parameters;

  OptionGroup(ImmutableList<Parameter<?>> parameters) {
    this.parameters = parameters;
  }

  /** The parameters, in the order in which a host should list them. */
  public ImmutableList<Parameter<?>> parameters() {
    return parameters;
  }

  /** Those of all groups, each once. */
  public static ImmutableList<Parameter<?>> all() {
    return Arrays.stream(values())
        .flatMap(group -> group.parameters.stream())
        .collect(ImmutableList.toImmutableList());
  }
}
