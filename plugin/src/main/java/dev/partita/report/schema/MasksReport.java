package dev.partita.report.schema;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.google.common.collect.ImmutableList;
import dev.partita.Reported;
import dev.partita.options.Strategy;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import org.jspecify.annotations.Nullable;

/**
 * A plan as masks: what to train a model under so that it can be cut without loss.
 *
 * @param input the model
 * @param accelerators P
 * @param strategy how blocks were chosen
 * @param seed of random choices
 * @param regions in graph order
 * @param skipped every other matrix product, with its reason
 * @param warnings sentences
 */
@Reported("The arrays that `masks` wrote.")
@JsonPropertyOrder({
  "warnings",
  "input",
  "accelerators",
  "strategy",
  "seed",
  "regions",
  "layers",
  "skipped"
})
public record MasksReport(
    InputInfo input,
    int accelerators,
    Strategy strategy,
    long seed,
    ImmutableList<RegionMasks> regions,
    ImmutableList<SkippedNode> skipped,
    ImmutableList<String> warnings) {

  /** The key of the array that holds the description of all others. */
  public static final String DESCRIPTION = "partita/layers";

  /** The dense layers of all regions, in graph order. */
  @JsonProperty
  public ImmutableList<LayerMask> layers() {
    return regions.stream()
        .flatMap(region -> region.layers().stream())
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * A region.
   *
   * @param id unique in the model
   * @param retainedImportance importance of what the masks keep, 0 to 1
   * @param spaces those whose features are dealt out
   * @param layers all of its dense layers, in graph order
   */
  @Reported("A region of a plan.")
  public record RegionMasks(
      String id,
      double retainedImportance,
      ImmutableList<SpaceOrder> spaces,
      @JsonIgnore ImmutableList<LayerMask> layers) {}

  /**
   * Who owns the features of a space.
   *
   * @param id of the space in its region
   * @param blocks how many features each accelerator has
   * @param owner key of the array of int32 that holds the accelerator of each feature
   * @param order key of the array of int32 that holds all features, accelerator by accelerator
   */
  @Reported(
      "The owners of the features of a space: `blocks` counts them by accelerator, "
          + "`owner` and `order` are keys of arrays.")
  public record SpaceOrder(int id, ImmutableList<Integer> blocks, String owner, String order) {}

  /**
   * A dense layer.
   *
   * @param node name of the product node
   * @param form how it is written
   * @param region id of its region
   * @param weight name of the stored tensor
   * @param bias name of what is added; null where nothing is
   * @param shape of the stored tensor and of its mask
   * @param orientation which axis of the stored matrix comes first; axes of size 1 left out
   * @param in features that it reads
   * @param out features that it makes
   * @param inSpace id of the space that it reads, where that is dealt out; else null
   * @param outSpace id of the space that it makes, where that is dealt out; else null
   * @param mask key of the array of uint8 that is 1 where the weight stays and 0 where it goes;
   *     null where all of it stays
   * @param kept how many of the weights stay
   */
  @Reported(
      "A dense layer of a plan: `mask` is the key of its array of 0 and 1, or None "
          + "if all of its weights are kept.")
  public record LayerMask(
      String node,
      String form,
      String region,
      String weight,
      @Nullable String bias,
      ImmutableList<Long> shape,
      Orientation orientation,
      int in,
      int out,
      @Nullable Integer inSpace,
      @Nullable Integer outSpace,
      @Nullable String mask,
      long kept) {}

  /** How a matrix is stored. */
  public enum Orientation {
    /** {@code [in, out]}: an output feature is a column. */
    IN_OUT,
    /** {@code [out, in]}, as PyTorch keeps a Linear's weight. */
    OUT_IN
  }
}
