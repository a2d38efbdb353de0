package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * What a folder of shards holds, and who feeds whom. A shard is what one accelerator holds, or the
 * rest of the model; a stage is one model of a shard. A stage reads from stages of lower levels
 * alone, so that the stages can be run in the order of their levels.
 *
 * @param partita the version that wrote the folder
 * @param sourceSha256 of the rewritten model's file, external data not counted, in hexadecimal
 * @param accelerators how many shards hold branches
 * @param inputs of the whole, in graph order
 * @param outputs of the whole, in graph order
 * @param shards the rest of the model first where there is one, then the accelerators
 */
public record ShardManifest(
    String partita,
    String sourceSha256,
    int accelerators,
    ImmutableList<Value> inputs,
    ImmutableList<Value> outputs,
    ImmutableList<Shard> shards) {

  /** The version of the file's keys; it rises when one changes its meaning. */
  public static final int SCHEMA_VERSION = 1;

  /** The name of the file in the folder. */
  public static final String FILE = "manifest.json";

  /** The shard that holds what no accelerator does. */
  public static final String REST = "rest";

  /**
   * What one accelerator holds, or the rest.
   *
   * @param name {@code accelerator_0} and so on, or {@link #REST}
   * @param accelerator its number; null for the rest
   * @param layerAnnotation the value of {@code layer_ann} on its nodes; null for the rest
   * @param layerAssignment what to write between the brackets of ONNX Runtime's session option
   *     {@code session.layer_assignment_settings}, to match that value and no longer one; null for
   *     the rest
   * @param stages its models, in the order of their levels
   */
  public record Shard(
      String name,
      @Nullable Integer accelerator,
      @Nullable String layerAnnotation,
      @Nullable String layerAssignment,
      ImmutableList<Stage> stages) {}

  /**
   * One model.
   *
   * @param name unique in the folder
   * @param level higher than that of every stage it reads from
   * @param regions whose branches it holds; empty for a stage of the rest
   * @param files the model first, then its data
   * @param inputs in the order of the model's inputs
   * @param outputs in the order of the model's outputs
   */
  public record Stage(
      String name,
      int level,
      ImmutableList<String> regions,
      ImmutableList<StoredFile> files,
      ImmutableList<Source> inputs,
      ImmutableList<Value> outputs) {}

  /**
   * A file of the folder.
   *
   * @param path from the folder, with slashes
   * @param sha256 of its bytes, in hexadecimal
   * @param bytes its length
   */
  public record StoredFile(String path, String sha256, long bytes) {}

  /**
   * What a stage reads.
   *
   * @param value what it is; of the same name where it is made
   * @param from the stage that makes it; null for an input of the whole
   */
  public record Source(Value value, @Nullable String from) {}

  /**
   * A value between models.
   *
   * @param name of the value in the rewritten model
   * @param type of its elements
   * @param shape its dimensions, -1 where one is dynamic; null where not even their number is known
   * @param dimensionNames the symbolic name of each dimension, empty where it has none
   */
  public record Value(
      String name,
      ElementType type,
      @Nullable ImmutableLongArray shape,
      ImmutableList<String> dimensionNames) {

    /** The same as a session describes it, which takes an unknown shape for that of a scalar. */
    public TensorDescription description() {
      return new TensorDescription(
          name, type, shape == null ? ImmutableLongArray.of() : shape, dimensionNames);
    }

    /** The value that a session describes. */
    public static Value of(TensorDescription description) {
      return new Value(
          description.name(),
          description.type(),
          description.shape(),
          description.dimensionNames());
    }
  }

  /** Every stage of every shard. */
  public ImmutableList<Stage> stages() {
    return shards.stream()
        .flatMap(shard -> shard.stages().stream())
        .collect(ImmutableList.toImmutableList());
  }
}
