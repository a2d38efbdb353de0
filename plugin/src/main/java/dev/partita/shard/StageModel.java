package dev.partita.shard;

import com.google.common.collect.ImmutableList;
import dev.partita.annotate.MetadataKeys;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.shard.StagePlan.PlannedStage;
import java.util.HashSet;
import java.util.Set;

/** Cuts the model of a stage out of the whole: its nodes, and the constants that they read. */
final class StageModel {

  private StageModel() {}

  /** The model; its tensors still lie where those of the whole do. */
  static OnnxModel of(GraphIndex index, PlannedStage stage, GraphValues values) {
    ModelProto model = index.model().proto();
    GraphProto whole = model.getGraph();
    GraphProto.Builder graph =
        whole.toBuilder()
            .clearNode()
            .clearInitializer()
            .clearSparseInitializer()
            .clearInput()
            .clearOutput()
            .clearValueInfo()
            .clearQuantizationAnnotation();
    Set<String> known = new HashSet<>();
    for (int node : stage.nodes()) {
      known.addAll(index.reads(node));
      known.addAll(index.node(node).getOutputList());
      // They number the devices of the whole; a shard is for one.
      graph.addNode(index.node(node).toBuilder().clearDeviceConfigurations());
    }
    whole.getInitializerList().stream()
        .filter(tensor -> known.contains(tensor.getName()))
        .forEach(graph::addInitializer);
    whole.getSparseInitializerList().stream()
        .filter(tensor -> known.contains(tensor.getValues().getName()))
        .forEach(graph::addSparseInitializer);
    stage.inputs().forEach(value -> graph.addInput(values.declaration(value)));
    stage.outputs().forEach(value -> graph.addOutput(values.declaration(value)));
    whole.getValueInfoList().stream()
        .filter(info -> known.contains(info.getName()))
        .filter(info -> !stage.inputs().contains(info.getName()))
        .filter(info -> !stage.outputs().contains(info.getName()))
        .forEach(graph::addValueInfo);
    whole.getQuantizationAnnotationList().stream()
        .filter(note -> known.contains(note.getTensorName()))
        .filter(
            note ->
                note.getQuantParameterTensorNamesList().stream()
                    .allMatch(entry -> known.contains(entry.getValue())))
        .forEach(graph::addQuantizationAnnotation);
    return index
        .model()
        .withProto(
            model.toBuilder()
                .setGraph(graph)
                .clearConfiguration()
                .addAllMetadataProps(
                    ImmutableList.of(
                        entry(MetadataKeys.SHARD, stage.shard()),
                        entry(MetadataKeys.STAGE, Integer.toString(stage.level()))))
                .build());
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
