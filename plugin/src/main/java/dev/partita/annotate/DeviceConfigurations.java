package dev.partita.annotate;

import dev.partita.accelerator.Target;
import dev.partita.onnx.DeviceConfigurationProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeDeviceConfigurationProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.ShardedDimProto;
import dev.partita.onnx.ShardingSpecProto;
import dev.partita.onnx.SimpleShardedDimProto;
import dev.partita.rewrite.EmittedNode;
import dev.partita.rewrite.RegionRewrite;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX's own notation of placement, which begins with IR 11: the model lists its devices, and a
 * node says for its outputs which device has them. What a branch makes is on one device; what the
 * branches are joined to is sharded over all of them along the features.
 */
final class DeviceConfigurations {

  /** Device configurations begin here. */
  static final int SINCE_IR = 11;

  /** The name of the configuration in the model. */
  static final String NAME = "dev.partita";

  private DeviceConfigurations() {}

  /** Adds them to the main graph of a model; those of a name of its own stay. */
  static void add(ModelProto.Builder model, List<RegionRewrite> rewrites, Target target) {
    Map<String, EmittedNode> emitted = new HashMap<>();
    rewrites.stream()
        .filter(rewrite -> rewrite.region().graph().isMain())
        .flatMap(rewrite -> rewrite.emitted().stream())
        .forEach(node -> emitted.put(node.name(), node));
    if (emitted.isEmpty()) {
      return;
    }
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      EmittedNode node = emitted.get(graph.getNode(i).getName());
      if (node != null) {
        graph.setNode(i, with(graph.getNode(i), node, target.accelerators()));
      }
    }
    model.setGraph(graph);
    for (int i = model.getConfigurationCount() - 1; i >= 0; i--) {
      if (model.getConfiguration(i).getName().equals(NAME)) {
        model.removeConfiguration(i);
      }
    }
    DeviceConfigurationProto.Builder devices =
        DeviceConfigurationProto.newBuilder().setName(NAME).setNumDevices(target.accelerators());
    for (int device = 0; device < target.accelerators(); device++) {
      devices.addDevice(LayerAnnotation.of(device));
    }
    model.addConfiguration(devices);
  }

  private static NodeProto with(NodeProto node, EmittedNode emitted, int accelerators) {
    NodeDeviceConfigurationProto.Builder configuration =
        NodeDeviceConfigurationProto.newBuilder().setConfigurationId(NAME);
    for (String output : node.getOutputList()) {
      if (!output.isEmpty()) {
        configuration.addShardingSpec(
            emitted.role() == EmittedNode.Role.CONCAT
                ? sharded(node, output, accelerators)
                : ShardingSpecProto.newBuilder()
                    .setTensorName(output)
                    .addDevice(Math.max(0, emitted.branch()))
                    .build());
      }
    }
    return node.toBuilder().addDeviceConfigurations(configuration).build();
  }

  private static ShardingSpecProto sharded(NodeProto concat, String output, int accelerators) {
    ShardingSpecProto.Builder spec = ShardingSpecProto.newBuilder().setTensorName(output);
    // As many parts as branches; the target may have more accelerators than a region has those.
    int parts = Math.min(accelerators, concat.getInputCount());
    for (int device = 0; device < parts; device++) {
      spec.addDevice(device);
    }
    return spec.addShardedDim(
            ShardedDimProto.newBuilder()
                .setAxis(axis(concat))
                .addSimpleSharding(SimpleShardedDimProto.newBuilder().setNumShards(parts)))
        .build();
  }

  private static long axis(NodeProto concat) {
    return concat.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals("axis"))
        .mapToLong(attribute -> attribute.getI())
        .findFirst()
        .orElse(-1);
  }
}
