package dev.partita.fuzz;

import dev.partita.commands.Optimizer;
import dev.partita.fixtures.RandomModels;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The models that mutation starts from, none larger than {@link #MOST_BYTES}. */
final class Seeds {

  static final int MOST_BYTES = 64 << 10;

  /** Where Debian's package of the standard's own test models puts them. */
  static final Path STANDARD = Path.of("/usr/share/libonnx-testdata/data");

  private static final int RANDOM_MODELS = 120;

  private Seeds() {}

  /** Random models in three versions, hand-made ones, and the standard's where they are there. */
  static List<Seed> all(Sandbox sandbox) throws IOException {
    List<Seed> seeds = new ArrayList<>();
    for (int i = 0; i < RANDOM_MODELS; i++) {
      ModelProto model = RandomModels.model(i).proto();
      if (model.getSerializedSize() > MOST_BYTES) {
        continue;
      }
      seeds.add(Seed.of("random " + i, model));
      seeds.add(Seed.of("external " + i, external(model)));
      seeds.add(Seed.of("rewritten " + i, rewritten(sandbox, model)));
    }
    HandMade.models().forEach((name, model) -> seeds.add(Seed.of(name, model)));
    HandMade.models()
        .forEach((name, model) -> seeds.add(Seed.of(name + ", external", external(model))));
    if (Files.isDirectory(STANDARD)) {
      try (Stream<Path> files = Files.walk(STANDARD)) {
        for (Path file : files.filter(f -> f.endsWith("model.onnx")).sorted().toList()) {
          if (Files.size(file) <= MOST_BYTES) {
            seeds.add(Seed.of(file.toString(), ModelProto.parseFrom(Files.readAllBytes(file))));
          }
        }
      }
    }
    return seeds;
  }

  /** The same model with every initializer of 16 bytes and more somewhere in the data file. */
  private static ModelProto external(ModelProto model) {
    ModelProto.Builder changed = model.toBuilder();
    long offset = 0;
    for (TensorProto.Builder tensor : changed.getGraphBuilder().getInitializerBuilderList()) {
      int length = tensor.getRawData().size();
      if (length >= 16 && offset + length <= Sandbox.DATA_BYTES) {
        tensor
            .clearRawData()
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", Sandbox.DATA))
            .addExternalData(entry("offset", Long.toString(offset)))
            .addExternalData(entry("length", Long.toString(length)));
        offset += length;
      }
    }
    return changed.build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static ModelProto rewritten(Sandbox sandbox, ModelProto model) throws IOException {
    sandbox.write(model.toByteArray());
    Optimizer.optimize(
        sandbox.model(), sandbox.output(), Attempt.options(0), ProgressListener.NONE);
    ModelProto result = ModelProto.parseFrom(Files.readAllBytes(sandbox.output()));
    sandbox.clear();
    return result;
  }
}
