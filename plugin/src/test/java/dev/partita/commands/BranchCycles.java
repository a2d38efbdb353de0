package dev.partita.commands;

import dev.partita.model.ModelFile;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the nodes of each branch of a rewritten model say they take, added up. */
final class BranchCycles {

  private BranchCycles() {}

  /** Cycles by the branch's number as it stands on its nodes; empty for those of no branch. */
  static Map<String, Long> of(Path model) {
    Map<String, Long> cycles = new TreeMap<>();
    for (NodeProto node : ModelFile.read(model).proto().getGraph().getNodeList()) {
      Map<String, String> figures =
          node.getMetadataPropsList().stream()
              .collect(
                  Collectors.toMap(
                      StringStringEntryProto::getKey, StringStringEntryProto::getValue));
      String ofNode = figures.get("dev.partita.cycles");
      if (ofNode != null) {
        String branch = figures.getOrDefault("dev.partita.branch", "");
        cycles.merge(branch, Long.valueOf(ofNode), Long::sum);
      }
    }
    return cycles;
  }
}
