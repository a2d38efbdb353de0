package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerRows;
import dev.partita.model.GraphPath;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.rewrite.EmittedNode;
import dev.partita.rewrite.RegionRewrite;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes figures on the nodes of a rewritten model, and on the model itself. */
public final class Annotator {

  /** Metadata of nodes begins here. */
  public static final int NODE_METADATA_SINCE_IR = 10;

  private Annotator() {}

  /**
   * The metadata of each written node, by its name.
   *
   * @param rewrites what was rewritten
   * @param rows rows of the activations of layers
   */
  public static ImmutableMap<String, ImmutableMap<String, String>> figures(
      List<RegionRewrite> rewrites, Target target, DramSharing sharing, LayerRows rows) {
    ImmutableMap.Builder<String, ImmutableMap<String, String>> figures = ImmutableMap.builder();
    BranchWeights weights =
        BranchWeights.of(rewrites.stream().flatMap(rewrite -> rewrite.emitted().stream()));
    for (RegionRewrite rewrite : rewrites) {
      // Those that have no branch of it leave their part of the bandwidth to the others.
      Target used = target.withAccelerators(rewrite.plan().branches());
      for (EmittedNode node : rewrite.emitted()) {
        figures.put(
            node.name(),
            NodeFigures.of(
                node, rewrite.region().id(), weights.target(used, node, sharing), sharing, rows));
      }
    }
    return figures.buildOrThrow();
  }

  /**
   * The annotated model.
   *
   * @param figures of the nodes that were written, as {@link #figures} gives them
   * @param raise whether a model of an older IR is raised to the one that has node metadata; where
   *     it is not, nodes stay bare
   * @param modelMetadata entries for the model; an entry that is there already is replaced
   */
  public static OnnxModel annotate(
      OnnxModel model,
      List<RegionRewrite> rewrites,
      Target target,
      ImmutableMap<String, ImmutableMap<String, String>> figures,
      boolean raise,
      Map<String, String> modelMetadata) {
    ModelProto.Builder proto = model.proto().toBuilder();
    if (raise && proto.getIrVersion() < NODE_METADATA_SINCE_IR) {
      proto.setIrVersion(NODE_METADATA_SINCE_IR);
    }
    if (proto.getIrVersion() >= NODE_METADATA_SINCE_IR) {
      proto.setGraph(NodeMetadata.write(model.proto().getGraph(), notes(model, rewrites, figures)));
    }
    if (proto.getIrVersion() >= DeviceConfigurations.SINCE_IR) {
      DeviceConfigurations.add(proto, rewrites, target);
    }
    addModelMetadata(proto, modelMetadata);
    return model.withProto(proto.build());
  }

  /** By the places of nodes; the names that the rewriter gave them are unique in the model. */
  private static Table<GraphPath, Integer, NodeNote> notes(
      OnnxModel model,
      List<RegionRewrite> rewrites,
      ImmutableMap<String, ImmutableMap<String, String>> figures) {
    Map<String, NodeNote> byName = new HashMap<>();
    for (RegionRewrite rewrite : rewrites) {
      for (EmittedNode node : rewrite.emitted()) {
        byName.put(
            node.name(),
            new NodeNote(
                figures.getOrDefault(node.name(), ImmutableMap.of()),
                NodeSentence.of(node, rewrite.region().id(), rewrite.plan().branches())));
      }
    }
    ImmutableTable.Builder<GraphPath, Integer, NodeNote> notes = ImmutableTable.builder();
    for (GraphPath path : GraphPath.all(model.proto())) {
      List<NodeProto> nodes = path.in(model.proto()).getNodeList();
      for (int i = 0; i < nodes.size(); i++) {
        NodeNote note = byName.get(nodes.get(i).getName());
        if (note != null) {
          notes.put(path, i, note);
        }
      }
    }
    return notes.build();
  }

  /** An entry that is there already is replaced. */
  static void addModelMetadata(ModelProto.Builder proto, Map<String, String> entries) {
    Map<String, String> fresh = new HashMap<>(entries);
    for (int i = 0; i < proto.getMetadataPropsCount(); i++) {
      String value = fresh.remove(proto.getMetadataProps(i).getKey());
      if (value != null) {
        proto.setMetadataProps(i, proto.getMetadataProps(i).toBuilder().setValue(value));
      }
    }
    NodeFigures.sorted(fresh).forEach((key, value) -> proto.addMetadataProps(entry(key, value)));
  }

  static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
