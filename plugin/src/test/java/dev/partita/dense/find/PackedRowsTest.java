package dev.partita.dense.find;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.testing.PackedProduct;
import dev.partita.testing.PackedProduct.Zeros;
import dev.partita.testing.Run;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights of a few bits as numbers, against what ONNX Runtime makes of them. */
class PackedRowsTest {

  private static WeightMatrix matrix(ModelProto model) {
    GraphIndex index = new GraphIndex(new OnnxModel(model, Path.of("packed.onnx"), 0));
    FinderOptions all = new FinderOptions(2, 1, ImmutableList.of("*"), ImmutableList.of());
    return RegionFinder.find(index, all).regions().get(0).layers().get(0).layer().weight();
  }

  private static ModelProto model(PackedProduct product) {
    GraphBuilder graph =
        GraphBuilder.opset(17).domain("com.microsoft", 1).input("x", product.in(), product.in());
    return product.add(graph, "packed", "x", "y").output("y", product.in(), product.out()).build();
  }

  /** The product with the identity is the weight. */
  @ParameterizedTest
  @CsvSource({
    "2, 16, 32, ABSENT",
    "2, 16, 37, PACKED",
    "2, 32, 96, NUMBERS",
    "4, 16, 32, ABSENT",
    "4, 16, 81, PACKED",
    "4, 32, 40, PACKED",
    "4, 16, 48, NUMBERS",
    "8, 16, 21, ABSENT",
    "8, 32, 64, PACKED"
  })
  void numbersAreThoseOfOnnxRuntime(int bits, int blockSize, int in, Zeros zeros) {
    PackedProduct product = PackedProduct.of(in, 7, bits, blockSize).with(zeros);
    for (PackedProduct stored : new PackedProduct[] {product, product.flattened()}) {
      ModelProto model = model(stored);
      float[] identity = new float[in * in];
      for (int i = 0; i < in; i++) {
        identity[i * in + i] = 1;
      }
      float[] wanted = Run.outputs(model, Map.of("x", identity), 1, false).get("y");
      WeightMatrix weight = matrix(model);
      int[] ins = IntStream.range(0, in).toArray();
      int[] outs = IntStream.range(0, 7).toArray();
      assertThat(Run.relativeError(wanted, weight.block(ins, outs).values())).isLessThan(1e-6);
      for (int column = 0; column < in; column++) {
        float[] row = new float[in];
        weight.readStored(3, 1, row);
        assertThat(weight.stored(3, column)).isEqualTo(row[column]);
      }
    }
  }

  @Test
  void scalesOfHalfPrecisionAreReadAsSuch() {
    WeightMatrix full = matrix(model(PackedProduct.of(32, 5, 4, 16)));
    GraphBuilder graph =
        GraphBuilder.opset(17).domain("com.microsoft", 1).input("x", DataType.FLOAT16, 2, 32);
    PackedProduct half = PackedProduct.of(32, 5, 4, 16).in(ElementType.FLOAT16);
    WeightMatrix rounded = matrix(half.add(graph, "packed", "x", "y").output("y").build());
    for (int column = 0; column < 32; column++) {
      float ratio = rounded.stored(2, column) / full.stored(2, column);
      assertThat(full.stored(2, column) == 0 || Math.abs(ratio - 1) < 1e-3).isTrue();
    }
  }

  @Test
  void blocksAreWholeOrTheLast() {
    PackedWeight weight = matrix(model(PackedProduct.of(40, 4, 4, 16))).packed();
    assertThat(weight).isNotNull();
    assertThat(weight.blocksOf(range(0, 40))).containsExactly(0, 1, 2);
    assertThat(weight.blocksOf(join(range(16, 32), range(32, 40)))).containsExactly(1, 2);
    assertThat(weight.blocksOf(join(range(16, 32), range(0, 16)))).containsExactly(1, 0);
    // The last block may be short, but only where it ends the row; others may not be at all.
    assertThat(weight.blocksOf(join(range(32, 40), range(0, 16)))).isNull();
    assertThat(weight.blocksOf(range(0, 15))).isNull();
    assertThat(weight.blocksOf(range(1, 17))).isNull();
    assertThat(weight.blocksOf(range(32, 39))).isNull();
    assertThat(weight.blocksOf(new int[] {1, 0})).isNull();
  }

  private static int[] range(int from, int end) {
    return IntStream.range(from, end).toArray();
  }

  private static int[] join(int[] first, int[] second) {
    return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
  }
}
