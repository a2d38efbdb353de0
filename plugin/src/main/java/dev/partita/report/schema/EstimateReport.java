package dev.partita.report.schema;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.Reported;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import org.jspecify.annotations.Nullable;

/**
 * What the dense layers of a model or of a chain of widths cost, without rewriting anything.
 *
 * @param subject the model's path, or the chain such as {@code 2048-4096-4096-200}
 * @param target what the estimates assume
 * @param layers in the order of the graph
 * @param total of all layers together; null where there is none
 * @param notCosted dense layers that could not be costed, with the reason
 * @param operatorsNotCosted how many nodes of each type are not dense layers, and in no estimate
 * @param warnings sentences that the user should read
 */
@Reported("The cost of dense layers; `subject` is the model's path or the chain of " + "widths.")
@JsonPropertyOrder("warnings")
public record EstimateReport(
    String subject,
    TargetInfo target,
    ImmutableList<LayerEstimate> layers,
    @Nullable RegionEstimate total,
    ImmutableList<SkippedNode> notCosted,
    ImmutableSortedMap<String, Integer> operatorsNotCosted,
    ImmutableList<String> warnings) {

  /** A report on dense layers alone. */
  public EstimateReport(
      String subject,
      TargetInfo target,
      ImmutableList<LayerEstimate> layers,
      @Nullable RegionEstimate total,
      ImmutableList<SkippedNode> notCosted,
      ImmutableList<String> warnings) {
    this(subject, target, layers, total, notCosted, ImmutableSortedMap.of(), warnings);
  }

  /**
   * One dense layer.
   *
   * @param name the node's name, or {@code layer1}, {@code layer2} ... of a chain
   * @param rows rows of the activation
   * @param in input features
   * @param out output features
   * @param state what pruning would make of it
   * @param estimate its cost
   */
  @Reported(name = "EstimatedLayer", value = "The cost of one layer.")
  public record LayerEstimate(
      String name, long rows, long in, long out, LayerState state, RegionEstimate estimate) {}
}
