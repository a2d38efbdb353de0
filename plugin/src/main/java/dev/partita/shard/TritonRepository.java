package dev.partita.shard;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.UnsupportedInputException;
import dev.partita.model.ElementType;
import dev.partita.model.WholeFile;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * Describes shards to NVIDIA's Triton Inference Server: {@code config.pbtxt} for each stage, and an
 * ensemble that hands values from one to the next. The fields are those of the published {@code
 * model_config.proto}: {@code ModelConfig}, {@code ModelInput}, {@code ModelOutput}, {@code
 * ModelTensorReshape}, {@code ModelInstanceGroup} and {@code ModelEnsembling}.
 *
 * <p>Triton does not batch here ({@code max_batch_size: 0}): every dimension is listed, and a
 * request brings its own batch.
 */
final class TritonRepository {

  private final Path source;
  private final Path folder;

  private TritonRepository(Path source, Path folder) {
    this.source = source;
    this.folder = folder;
  }

  /**
   * Writes the descriptions next to the models.
   *
   * @param source the rewritten model
   * @throws UnsupportedInputException if the number of dimensions of some value is not known
   */
  static void write(ShardManifest manifest, Path source, Path folder) {
    TritonRepository repository = new TritonRepository(source, folder);
    for (Shard shard : manifest.shards()) {
      for (Stage stage : shard.stages()) {
        repository.file(
            ShardLayout.tritonName(source, stage.name()), repository.stage(shard, stage));
      }
    }
    String ensemble = ShardLayout.tritonName(source);
    repository.file(ensemble, repository.ensemble(manifest));
    try {
      // A version that holds nothing, as the server asks of an ensemble.
      Files.createDirectories(folder.resolve(ensemble).resolve("1"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder for the ensemble", e);
    }
  }

  private void file(String model, String text) {
    try {
      Path place = Files.createDirectories(folder.resolve(model));
      WholeFile.write(place.resolve("config.pbtxt"), text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder for " + model, e);
    }
  }

  private String stage(Shard shard, Stage stage) {
    StringBuilder text = new StringBuilder();
    head(text, ShardLayout.tritonName(source, stage.name()), "onnxruntime_onnx");
    for (Source input : stage.inputs()) {
      tensor(text, "input", input.value());
    }
    for (Value output : stage.outputs()) {
      tensor(text, "output", output);
    }
    Integer accelerator = shard.accelerator();
    if (accelerator != null) {
      text.append("# On a GPU: kind: KIND_GPU, and gpus: [ N ] with the number\n");
      text.append("# of the one that is accelerator %d.\n".formatted(accelerator));
    }
    text.append("instance_group [ { count: 1 kind: KIND_CPU } ]\n");
    return text.toString();
  }

  private String ensemble(ShardManifest manifest) {
    StringBuilder text = new StringBuilder();
    head(text, ShardLayout.tritonName(source), "ensemble");
    manifest.inputs().forEach(input -> tensor(text, "input", input));
    manifest.outputs().forEach(output -> tensor(text, "output", output));
    text.append("ensemble_scheduling {\n");
    List<Stage> inOrder =
        manifest.stages().stream()
            .sorted(Comparator.comparingInt(Stage::level))
            .collect(ImmutableList.toImmutableList());
    for (Stage stage : inOrder) {
      String model = ShardLayout.tritonName(source, stage.name());
      text.append("  step {\n    model_name: ").append(quoted(model)).append('\n');
      text.append("    model_version: -1\n");
      stage.inputs().forEach(input -> map(text, "input_map", input.value().name()));
      stage.outputs().forEach(output -> map(text, "output_map", output.name()));
      text.append("  }\n");
    }
    return text.append("}\n").toString();
  }

  private static void head(StringBuilder text, String name, String platform) {
    text.append("name: ").append(quoted(name)).append('\n');
    text.append("platform: ").append(quoted(platform)).append('\n');
    text.append("max_batch_size: 0\n");
  }

  /** A value has the same name in every model, and so in the ensemble. */
  private static void map(StringBuilder text, String field, String name) {
    text.append("    %s { key: %s value: %s }\n".formatted(field, quoted(name), quoted(name)));
  }

  private void tensor(StringBuilder text, String field, Value value) {
    ImmutableLongArray shape = value.shape();
    if (shape == null) {
      throw new UnsupportedInputException(
          "%s: the number of dimensions of '%s' is unknown, and Triton requires it"
              .formatted(source, value.name()),
          "Declare its shape in the model, or pass --layout folder.");
    }
    text.append(
        "%s { name: %s data_type: %s "
            .formatted(field, quoted(value.name()), dataType(value.type())));
    // Triton knows no scalars; it reshapes for models that do.
    text.append(
        shape.isEmpty()
            ? "dims: [ 1 ] reshape { shape: [ ] } }\n"
            : "dims: %s }\n".formatted(dims(shape)));
  }

  private static String dims(ImmutableLongArray shape) {
    StringBuilder text = new StringBuilder("[ ");
    for (int axis = 0; axis < shape.length(); axis++) {
      text.append(axis == 0 ? "" : ", ").append(shape.get(axis));
    }
    return text.append(" ]").toString();
  }

  private static String dataType(ElementType type) {
    return switch (type) {
      case BOOL -> "TYPE_BOOL";
      case UINT8 -> "TYPE_UINT8";
      case UINT16 -> "TYPE_UINT16";
      case UINT32 -> "TYPE_UINT32";
      case UINT64 -> "TYPE_UINT64";
      case INT8 -> "TYPE_INT8";
      case INT16 -> "TYPE_INT16";
      case INT32 -> "TYPE_INT32";
      case INT64 -> "TYPE_INT64";
      case FLOAT16 -> "TYPE_FP16";
      case FLOAT -> "TYPE_FP32";
      case DOUBLE -> "TYPE_FP64";
      case BFLOAT16 -> "TYPE_BF16";
    };
  }

  /** Protobuf's text format: quotes, backslashes and control characters follow a backslash. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        quoted.append("\\%03o".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
