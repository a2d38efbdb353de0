package dev.partita.annotate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.ModelFile;
import dev.partita.onnx.DeviceConfigurationProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.ShardingSpecProto;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.SessionOptions;
import dev.partita.shard.Rewritten;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the nodes of a rewritten model say that they belong. */
class PlacementNotesTest {

  private static final int ACCELERATORS = 3;

  @TempDir private Path folder;

  private Path rewritten(int irVersion, DeviceConfigurationProto... others) throws Exception {
    ModelProto model =
        Rewritten.twoRegions(21).irVersion(irVersion).build().toBuilder()
            .addAllConfiguration(List.of(others))
            .build();
    Path file = Files.write(folder.resolve("in.onnx"), model.toByteArray());
    return Rewritten.of(file, Rewritten.options(ACCELERATORS).build());
  }

  @Test
  void devicesStandOnModelsOfIr11() throws Exception {
    DeviceConfigurationProto other =
        DeviceConfigurationProto.newBuilder().setName("other").setNumDevices(7).build();
    Path file = rewritten(11, other);
    ModelProto model = ModelFile.read(file).proto();
    assertThat(model.getConfigurationList())
        .containsExactly(
            other,
            DeviceConfigurationProto.newBuilder()
                .setName("dev.partita")
                .setNumDevices(ACCELERATORS)
                .addAllDevice(List.of("accelerator_0", "accelerator_1", "accelerator_2"))
                .build());
    int onDevices = 0;
    int sharded = 0;
    for (NodeProto node : model.getGraph().getNodeList()) {
      if (node.getDeviceConfigurationsCount() == 0) {
        assertThat(node.getName()).doesNotContain("/branch");
        continue;
      }
      assertThat(node.getDeviceConfigurations(0).getConfigurationId()).isEqualTo("dev.partita");
      ShardingSpecProto spec = node.getDeviceConfigurations(0).getShardingSpec(0);
      assertThat(spec.getTensorName()).isEqualTo(node.getOutput(0));
      if (node.getName().contains("/branch")) {
        int branch = Integer.parseInt(node.getName().replaceAll(".*/branch(\\d+).*", "$1"));
        assertThat(spec.getDeviceList()).containsExactly((long) branch);
        assertThat(spec.getShardedDimCount()).isZero();
        onDevices++;
      } else if (node.getOpType().equals("Concat")) {
        assertThat(spec.getDeviceList()).containsExactly(0L, 1L, 2L);
        assertThat(spec.getShardedDim(0).getAxis()).isEqualTo(-1);
        assertThat(spec.getShardedDim(0).getSimpleSharding(0).getNumShards())
            .isEqualTo(ACCELERATORS);
        sharded++;
      }
    }
    assertThat(onDevices).isGreaterThan(10);
    assertThat(sharded).isEqualTo(2);
    InferenceSession.open(file).close();
  }

  @Test
  void modelsOfIr10HaveNone() throws Exception {
    ModelProto model = ModelFile.read(rewritten(10)).proto();
    assertThat(model.getConfigurationCount()).isZero();
    assertThat(model.getGraph().getNodeList())
        .allMatch(node -> node.getDeviceConfigurationsCount() == 0);
  }

  @Test
  void theSessionOptionIsOneThatOnnxRuntimeTakes() throws Exception {
    Path file = rewritten(10);
    String setting = LayerAnnotation.setting(ACCELERATORS);
    assertThat(setting)
        .isEqualTo("DEVICE_0(=accelerator_0); DEVICE_1(=accelerator_1); DEVICE_2(=accelerator_2)");
    SessionOptions options =
        SessionOptions.SINGLE_THREADED.withConfiguration(
            ImmutableMap.of(
                LayerAnnotation.SESSION_OPTION, setting.replaceAll("DEVICE_\\d+", "cpu")));
    // Accepted and obeyed; there is one kind of device here, so that placement cannot differ.
    InferenceSession.open(file, options).close();
  }
}
