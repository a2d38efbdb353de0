package dev.partita.shard;

import com.google.common.base.CharMatcher;
import com.google.common.io.MoreFiles;
import dev.partita.runtime.ShardManifest.Stage;
import java.nio.file.Path;

/** How the files of shards are laid out in their folder; the manifest is in both. */
public enum ShardLayout {
  /** A folder for each shard: {@code accelerator_0/stage_1.onnx}. */
  FOLDER {
    @Override
    String path(Path source, String stage) {
      return stage + ".onnx";
    }
  },
  /** A model repository for Triton: {@code NAME_accelerator_0_stage_1/1/model.onnx}. */
  TRITON {
    @Override
    String path(Path source, String stage) {
      return tritonName(source, stage) + "/1/model.onnx";
    }
  };

  private static final CharMatcher PLAIN =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("_-"));

  /**
   * Where the model of a stage goes, from the folder on, with slashes.
   *
   * @param source the rewritten model
   * @param stage the name of the stage
   */
  abstract String path(Path source, String stage);

  /** What Triton is to call the whole: the name of the model's file, plain characters alone. */
  static String tritonName(Path source) {
    String name = MoreFiles.getNameWithoutExtension(source);
    return PLAIN.negate().replaceFrom(name.isEmpty() ? "model" : name, '_');
  }

  /** What Triton is to call a stage; see {@link Stage#name()}. */
  static String tritonName(Path source, String stage) {
    return tritonName(source) + "_" + stage.replace('/', '_');
  }
}
