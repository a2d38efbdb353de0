package dev.partita.shard;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.UnsupportedInputException;
import dev.partita.Version;
import dev.partita.annotate.LayerAnnotation;
import dev.partita.annotate.MetadataKeys;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.StagedFolder;
import dev.partita.model.StagedModel;
import dev.partita.model.WholeFile;
import dev.partita.runtime.ManifestWriter;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.StoredFile;
import dev.partita.shard.StagePlan.PlannedStage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes a rewritten model apart.
 *
 * <p>ONNX Runtime runs a model in one go, with all its inputs there from the start. An accelerator
 * whose branches of a second region wait for what others make of the first can therefore not have
 * both in one model: it gets a model for each level of the {@link StagePlan}, in a folder of its
 * own that holds every weight of its branches and nothing of the others'.
 */
public final class Sharder {

  private final GraphIndex index;
  private final StagePlan plan;
  private final GraphValues values;
  private final ShardLayout layout;
  private final Path folder;
  private final Map<String, String> makers = new HashMap<>();

  private Sharder(
      GraphIndex index, StagePlan plan, GraphValues values, ShardLayout layout, Path folder) {
    this.index = index;
    this.plan = plan;
    this.values = values;
    this.layout = layout;
    this.folder = folder;
    plan.stages()
        .forEach(stage -> stage.outputs().forEach(value -> makers.put(value, stage.name())));
  }

  /**
   * Writes a folder of shards.
   *
   * @param model a file that was rewritten, with its metadata
   * @param target the folder to make; it is there whole in the end, or not at all
   * @param overwrite whether a folder of shards that is there may be replaced
   * @return what the folder holds
   * @throws UnsupportedInputException if the model has no placement, cannot be split, or the folder
   *     cannot be written
   */
  public static ShardManifest shard(
      Path model, Path target, ShardLayout layout, boolean overwrite) {
    OnnxModel read = ModelFile.read(model);
    requireWhole(read);
    GraphIndex index = new GraphIndex(read);
    Placement placement = Placement.of(index);
    StagePlan plan = StagePlan.of(index, placement);
    GraphValues values = new GraphValues(index, plan);
    try (StagedFolder staged = StagedFolder.of(target, ShardManifest.FILE, overwrite)) {
      Sharder sharder = new Sharder(index, plan, values, layout, staged.path());
      ShardManifest manifest = sharder.write(placement.accelerators());
      if (layout == ShardLayout.TRITON) {
        TritonRepository.write(manifest, model, staged.path());
      }
      WholeFile.write(staged.path().resolve(ShardManifest.FILE), ManifestWriter.text(manifest));
      staged.commit();
      return manifest;
    }
  }

  private static void requireWhole(OnnxModel model) {
    if (model.proto().getTrainingInfoCount() > 0) {
      throw new UnsupportedInputException(
          model.source()
              + ": contains training information, which refers to values of several shards",
          "Remove it, then run partita shard again.");
    }
    boolean shard =
        model.proto().getMetadataPropsList().stream()
            .anyMatch(entry -> entry.getKey().equals(MetadataKeys.SHARD));
    if (shard) {
      throw new UnsupportedInputException(
          model.source() + ": is already a shard", "Pass the whole rewritten model.");
    }
  }

  private ShardManifest write(int accelerators) {
    List<Shard> shards = new ArrayList<>();
    for (int accelerator = Placement.REST; accelerator < accelerators; accelerator++) {
      int number = accelerator;
      List<PlannedStage> own =
          plan.stages().stream().filter(stage -> stage.accelerator() == number).toList();
      if (!own.isEmpty()) {
        ImmutableList<Stage> stages =
            own.stream().map(this::write).collect(ImmutableList.toImmutableList());
        boolean rest = accelerator == Placement.REST;
        shards.add(
            new Shard(
                own.get(0).shard(),
                rest ? null : accelerator,
                rest ? null : LayerAnnotation.of(accelerator),
                rest ? null : LayerAnnotation.exactly(accelerator),
                stages));
      }
    }
    return new ShardManifest(
        Version.current(),
        ModelFile.sha256(index.model().source()),
        accelerators,
        values.inputs(),
        values.outputs(),
        ImmutableList.copyOf(shards));
  }

  private Stage write(PlannedStage stage) {
    Path file = folder.resolve(layout.path(index.model().source(), stage.name()));
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + file.getParent(), e);
    }
    OnnxModel part = StageModel.of(index, stage, values);
    try (StagedModel staged = StagedModel.edited(index.model(), part, file)) {
      staged.commit(false);
    }
    return new Stage(
        stage.name(),
        stage.level(),
        stage.regions().asList(),
        files(file),
        stage.inputs().stream()
            .map(value -> new Source(values.of(value), makers.get(value)))
            .collect(ImmutableList.toImmutableList()),
        stage.outputs().stream().map(values::of).collect(ImmutableList.toImmutableList()));
  }

  private ImmutableList<StoredFile> files(Path model) {
    ImmutableSet<Path> files =
        ImmutableSet.<Path>builder()
            .add(model)
            .addAll(ModelFile.dataFiles(ModelFile.read(model)))
            .build();
    return files.stream().map(this::stored).collect(ImmutableList.toImmutableList());
  }

  private StoredFile stored(Path file) {
    try {
      Path relative = folder.toRealPath().relativize(file.toRealPath());
      return new StoredFile(
          relative.toString().replace('\\', '/'), ModelFile.sha256(file), Files.size(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot access " + file, e);
    }
  }
}
