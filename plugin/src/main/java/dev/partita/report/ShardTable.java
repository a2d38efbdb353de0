package dev.partita.report;

import com.google.common.base.Joiner;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.StoredFile;
import dev.partita.runtime.ShardedRun;
import java.util.SortedSet;
import java.util.TreeSet;

/** What a folder of shards holds, and what came out of one. */
final class ShardTable {

  private ShardTable() {}

  static String of(ShardManifest manifest) {
    TextTable table = new TextTable("Shard", "stages", "bytes", "regions", "layer_ann");
    for (Shard shard : manifest.shards()) {
      TreeSet<String> regions = new TreeSet<>();
      long bytes = 0;
      for (Stage stage : shard.stages()) {
        regions.addAll(stage.regions());
        bytes += stage.files().stream().mapToLong(StoredFile::bytes).sum();
      }
      String annotation = shard.layerAssignment();
      table.row(
          shard.name(),
          Integer.toString(shard.stages().size()),
          Figures.count(bytes),
          regions.isEmpty() ? Figures.ABSENT : regions.size() + ": " + shortened(regions),
          annotation == null ? Figures.ABSENT : annotation);
    }
    return table.render();
  }

  private static String shortened(SortedSet<String> regions) {
    return regions.size() <= 3
        ? Joiner.on(", ").join(regions)
        : regions.first() + " ... " + regions.last();
  }

  static String of(ShardedRun.Result result) {
    TextTable table = new TextTable("Output", "type", "shape");
    table.note("%d samples of %s.".formatted(result.samples(), result.data()));
    table.rule();
    result
        .outputs()
        .keySet()
        .forEach(name -> table.row(name, result.type(name), result.shape(name)));
    return table.render();
  }
}
