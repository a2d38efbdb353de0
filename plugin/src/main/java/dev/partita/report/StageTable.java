package dev.partita.report;

import dev.partita.report.schema.StageInfo;
import java.util.List;

/** The stages of a run, and what each hands to which. */
final class StageTable {

  private StageTable() {}

  static String of(List<StageInfo> stages) {
    TextTable table = new TextTable("Stage", "reads", "gives");
    stages.forEach(stage -> table.row(stage.name(), names(stage.requires()), names(stage.gives())));
    return table.render();
  }

  private static String names(List<String> names) {
    return names.isEmpty() ? Figures.ABSENT : String.join(", ", names);
  }
}
