package dev.partita.report;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import java.util.List;

/** Nodes left alone, grouped by reason: a large model has hundreds for a handful of reasons. */
final class SkippedList {

  private static final int SHOWN = 4;

  private SkippedList() {}

  static String of(String title, List<SkippedNode> skipped) {
    if (skipped.isEmpty()) {
      return "";
    }
    ImmutableListMultimap<String, SkippedNode> byReason =
        Multimaps.index(skipped, SkippedNode::reason);
    StringBuilder text = new StringBuilder(title + ": " + skipped.size() + "\n");
    for (String reason : byReason.keySet()) {
      List<SkippedNode> nodes = byReason.get(reason);
      text.append("  ").append(reason).append(": ").append(nodes.size()).append('\n');
      for (SkippedNode node : nodes.subList(0, Math.min(SHOWN, nodes.size()))) {
        text.append(
            TextLines.paragraph("    ", node.node() + " (" + node.op() + "): " + node.detail()));
      }
      if (nodes.size() > SHOWN) {
        text.append("    and ").append(nodes.size() - SHOWN).append(" more\n");
      }
    }
    return text.toString();
  }
}
