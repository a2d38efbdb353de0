package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.StoredFile;
import dev.partita.runtime.ShardManifest.Value;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds a manifest to what a session relies on: everything that is read is made before. */
final class ManifestCheck {
  private static final String HINT = "Write the folder again with partita shard.";

  private final Path file;
  private final ShardManifest manifest;
  private final Map<String, Stage> stages = new HashMap<>();
  private final Set<String> made = new HashSet<>();

  private ManifestCheck(Path file, ShardManifest manifest) {
    this.file = file;
    this.manifest = manifest;
  }

  /**
   * Checks a manifest.
   *
   * @throws DataException with what does not fit together
   */
  static void require(Path file, ShardManifest manifest) {
    new ManifestCheck(file, manifest).require();
  }

  private void require() {
    Set<String> shards = new HashSet<>();
    for (Shard shard : manifest.shards()) {
      if (!shards.add(shard.name())) {
        throw refuse("the shard \"%s\" is listed twice".formatted(shard.name()));
      }
      if (shard.stages().isEmpty()) {
        throw refuse("the shard \"%s\" has no stage".formatted(shard.name()));
      }
      shard.stages().forEach(this::addStage);
    }
    Set<String> given = names(manifest.inputs());
    for (Stage stage : stages.values()) {
      stage.inputs().forEach(input -> requireSource(stage, input, given));
    }
    for (Value output : manifest.outputs()) {
      if (!made.contains(output.name())) {
        throw refuse("no stage produces the output \"%s\"".formatted(output.name()));
      }
    }
  }

  private void addStage(Stage stage) {
    if (stages.put(stage.name(), stage) != null) {
      throw refuse("the stage \"%s\" is listed twice".formatted(stage.name()));
    }
    for (Value output : stage.outputs()) {
      if (!made.add(output.name())) {
        throw refuse("two stages produce \"%s\"".formatted(output.name()));
      }
    }
    if (stage.files().isEmpty()) {
      throw refuse("the stage \"%s\" has no file".formatted(stage.name()));
    }
    stage.files().forEach(this::requireInside);
  }

  /** A manifest is data of somebody's: it must not lead to files outside of its folder. */
  private void requireInside(StoredFile stored) {
    try {
      Path path = Path.of(stored.path());
      boolean inside =
          !path.isAbsolute() && path.normalize().equals(path) && !path.startsWith("..");
      if (inside && !stored.path().isEmpty()) {
        return;
      }
    } catch (InvalidPathException invalid) {
      throw refuse("the path \"%s\" is not valid".formatted(stored.path()));
    }
    throw refuse("the path \"%s\" points outside the folder".formatted(stored.path()));
  }

  private void requireSource(Stage stage, Source input, Set<String> given) {
    String name = input.value().name();
    if (input.from() == null) {
      if (!given.contains(name)) {
        throw refuse("\"%s\" of the stage \"%s\" is not an input".formatted(name, stage.name()));
      }
      return;
    }
    Stage from = stages.get(input.from());
    if (from == null || !names(from.outputs()).contains(name)) {
      throw refuse(
          "the stage \"%s\" reads \"%s\", which \"%s\" does not produce"
              .formatted(stage.name(), name, input.from()));
    }
    if (from.level() >= stage.level()) {
      throw refuse(
          "the stage \"%s\" reads from \"%s\", which does not come before it"
              .formatted(stage.name(), from.name()));
    }
  }

  private static Set<String> names(List<Value> values) {
    return new HashSet<>(values.stream().map(Value::name).collect(ImmutableList.toImmutableList()));
  }

  private DataException refuse(String sentence) {
    return new DataException("%s: %s.".formatted(file, sentence), HINT);
  }
}
