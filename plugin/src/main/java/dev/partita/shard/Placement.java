package dev.partita.shard;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Ints;
import dev.partita.UnsupportedInputException;
import dev.partita.annotate.Annotator;
import dev.partita.annotate.MetadataKeys;
import dev.partita.annotate.RegionFolding;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import org.jspecify.annotations.Nullable;

/**
 * Which accelerator each node of the main graph belongs to, as the metadata on a rewritten model
 * say.
 *
 * @param accelerators how many there are
 * @param accelerator of each node, by its index; {@link #REST} for what is computed once
 * @param region of each node that belongs to an accelerator, by its index; empty for the others
 * @param entries nodes that divide an entry value of a region among all branches
 */
record Placement(
    int accelerators,
    ImmutableList<Integer> accelerator,
    ImmutableList<String> region,
    ImmutableSet<Integer> entries) {

  /** What belongs to no branch. */
  static final int REST = -1;

  private static final int MOST = 65_536;

  /**
   * Reads the metadata.
   *
   * @throws UnsupportedInputException if there are none, they do not make sense, or branches lie in
   *     a body of If, Loop or Scan
   */
  static Placement of(GraphIndex index) {
    String file = index.model().source().toString();
    ImmutableList.Builder<Integer> accelerators = ImmutableList.builder();
    ImmutableList.Builder<String> regions = ImmutableList.builder();
    ImmutableSet.Builder<Integer> entries = ImmutableSet.builder();
    int count = 0;
    for (int i = 0; i < index.size(); i++) {
      int accelerator = accelerator(file, index.nodeName(i), index.node(i));
      accelerators.add(accelerator);
      String region = entry(index.node(i), MetadataKeys.REGION);
      regions.add(accelerator == REST || region == null ? "" : region);
      if (accelerator == REST && region != null && index.node(i).getOpType().equals("Split")) {
        entries.add(i);
      }
      count = Math.max(count, accelerator + 1);
    }
    for (GraphIndex body : index.graphs()) {
      requireNoBranches(file, body);
    }
    if (count == 0) {
      throw nothingPlaced(file, index.model());
    }
    return new Placement(count, accelerators.build(), regions.build(), entries.build());
  }

  private static void requireNoBranches(String file, GraphIndex body) {
    for (int i = 0; !body.path().isMain() && i < body.size(); i++) {
      if (entry(body.node(i), MetadataKeys.BRANCH) != null) {
        throw UnsupportedInputException.at(
            file,
            body.nodeName(i),
            "this branch is in the body of an If, Loop or Scan, which cannot be split into "
                + "shards",
            "Optimize the model again with --exclude for the layers of that body.");
      }
    }
  }

  private static UnsupportedInputException nothingPlaced(String file, OnnxModel model) {
    boolean folded =
        model.proto().getFunctionsList().stream()
            .anyMatch(function -> function.getDomain().equals(RegionFolding.DOMAIN));
    if (folded) {
      return new UnsupportedInputException(
          file + ": its regions are folded into functions, which cannot be split into shards",
          "Optimize the model again without --fold.");
    }
    int irVersion = model.irVersion();
    return irVersion < Annotator.NODE_METADATA_SINCE_IR
        ? new UnsupportedInputException(
            file + ": has no placement metadata, because nodes of IR " + irVersion + " cannot",
            "Optimize the model again without --ir-version keep.")
        : new UnsupportedInputException(
            file + ": no node has the metadata " + MetadataKeys.BRANCH + " of a rewritten model",
            "Pass a model that partita optimize wrote, as the last step of a pipeline.");
  }

  private static int accelerator(String file, String name, NodeProto node) {
    if (entry(node, MetadataKeys.BRANCH) == null) {
      return REST;
    }
    String text = entry(node, MetadataKeys.ACCELERATOR);
    Integer accelerator = text == null ? null : Ints.tryParse(text);
    if (accelerator == null || accelerator < 0 || accelerator >= MOST) {
      throw UnsupportedInputException.at(
          file,
          name,
          "its metadata %s is %s, which is not an accelerator number"
              .formatted(MetadataKeys.ACCELERATOR, text == null ? "missing" : "'" + text + "'"),
          "Optimize the model again.");
    }
    return accelerator;
  }

  private static @Nullable String entry(NodeProto node, String key) {
    for (StringStringEntryProto entry : node.getMetadataPropsList()) {
      if (entry.getKey().equals(key)) {
        return entry.getValue();
      }
    }
    return null;
  }
}
