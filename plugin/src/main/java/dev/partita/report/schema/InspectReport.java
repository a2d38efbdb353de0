package dev.partita.report.schema;

import com.google.common.collect.ImmutableList;
import dev.partita.Reported;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import org.jspecify.annotations.Nullable;

/**
 * Every dense layer of a model: the region it belongs to, or the reason it would be left alone.
 *
 * @param input the model
 * @param accelerators the number of branches that the reasons are about
 * @param layers in the order of the graph
 * @param sharedWeights stored weights that several layers read, or a layer and something else
 * @param warnings sentences; empty where there is nothing to say
 */
@Reported("What `inspect` found.")
public record InspectReport(
    InputInfo input,
    int accelerators,
    ImmutableList<Layer> layers,
    ImmutableList<SharedWeight> sharedWeights,
    ImmutableList<String> warnings) {

  /**
   * One dense layer, or a product that was taken for one and is not; exactly one of {@code region}
   * and {@code reason} is there.
   *
   * @param node its name
   * @param op its operator type
   * @param form how the layer is written in the graph; null where it is none that is known
   * @param in input features; null where unknown
   * @param out output features; null where unknown
   * @param rows rows of the activation for one run; null where a dimension is not known
   * @param parameters weights and biases; null where the weight is not constant
   * @param region the id of its region
   * @param state what would become of it in its region; null outside a region
   * @param reason a code, such as {@code TOO_SMALL}
   * @param detail a sentence to the reason
   */
  @Reported(
      name = "InspectedLayer",
      value = "A matrix product of a model with its region, or the reason it has none.")
  public record Layer(
      String node,
      String op,
      @Nullable String form,
      @Nullable Long in,
      @Nullable Long out,
      @Nullable Long rows,
      @Nullable Long parameters,
      @Nullable String region,
      OptimizationReport.@Nullable LayerState state,
      @Nullable String reason,
      @Nullable String detail) {}

  /**
   * A stored weight that is read more than once.
   *
   * @param weight the name of the tensor
   * @param layers the dense layers that read it
   * @param otherReaders what else reads it, with its operator type
   */
  @Reported("A stored weight that several dense layers read, or a layer and something else.")
  public record SharedWeight(
      String weight, ImmutableList<String> layers, ImmutableList<String> otherReaders) {}
}
