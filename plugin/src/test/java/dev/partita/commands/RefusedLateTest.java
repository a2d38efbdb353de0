package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.spi.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault that is first seen when the report is made, after the model was written and checked. */
class RefusedLateTest {

  @TempDir private Path folder;

  @Test
  void nothingIsWritten() throws Exception {
    ModelProto.Builder model =
        GraphBuilder.opset(17)
            .input("x", "N", 32)
            .random("w1", 1, 32, 64)
            .random("w2", 2, 64, 32)
            .node("MatMul", "x, w1", "h")
            .node("Relu", "h", "r")
            .node("MatMul", "r, w2", "y")
            .output("y")
            .build()
            .toBuilder();
    // Its length contradicts its shape, and nothing but the sum of the input's bytes reads it.
    model
        .getGraphBuilder()
        .addInitializer(
            TensorProto.newBuilder()
                .setName("unused")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(0)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", "weights.bin"))
                .addExternalData(entry("offset", "0"))
                .addExternalData(entry("length", "360")));
    Path input = Files.write(folder.resolve("in.onnx"), model.build().toByteArray());
    Files.write(folder.resolve("weights.bin"), new byte[400]);
    Options options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(GateOptions.GATE, false)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .build();

    assertThatThrownBy(
            () ->
                Optimizer.optimize(
                    input, folder.resolve("out.onnx"), options, ProgressListener.NONE))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("'unused'");

    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("in.onnx", "weights.bin");
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
