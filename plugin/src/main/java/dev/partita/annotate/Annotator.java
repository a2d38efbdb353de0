package dev.partita.annotate;

import static java.util.stream.Collectors.partitioningBy;

import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.rewrite.EmittedNode;
import dev.partita.rewrite.RegionRewrite;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Writes figures on the nodes of a rewritten model, and on the model itself. */
public final class Annotator {

  /** Metadata of nodes begins here. */
  public static final int NODE_METADATA_SINCE_IR = 10;

  private Annotator() {}

  /**
   * What stands on each node that was written, by its name.
   *
   * @param rewrites what was rewritten
   * @param rows rows of the activation of a layer, by its name; 0 where it is not known, so that
   *     its nodes carry no cost
   */
  public static ImmutableMap<String, ImmutableMap<String, String>> figures(
      List<RegionRewrite> rewrites,
      Target target,
      DramSharing sharing,
      ToLongFunction<String> rows) {
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
                node,
                rewrite.region().id(),
                weights.target(used, node, sharing),
                sharing,
                rows.applyAsLong(node.origin())));
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
      Map<Boolean, List<RegionRewrite>> byPlace =
          rewrites.stream().collect(partitioningBy(r -> r.region().graph().isMain()));
      NodeNotes inBodies = NodeNotes.of(byPlace.getOrDefault(false, List.of()), figures);
      NodeNotes inMain = NodeNotes.of(byPlace.getOrDefault(true, List.of()), figures);
      proto.setGraph(new NodeMetadata(inBodies).write(model.proto().getGraph(), inMain));
    }
    if (proto.getIrVersion() >= DeviceConfigurations.SINCE_IR) {
      DeviceConfigurations.add(proto, rewrites, target);
    }
    addModelMetadata(proto, modelMetadata);
    return model.withProto(proto.build());
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
