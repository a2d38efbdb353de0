package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.PackedBits;
import dev.partita.onnx.NodeProto;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A product with a weight of 2, 4 or 8 bits a number, which is cut between its blocks.
 *
 * <pre>
 *   MatMulNBits(A[..., K], B[N, blocks, bytes], scales, zero_points?, g_idx?, bias?)
 * </pre>
 *
 * Refused: g_idx, which puts inputs into blocks in an order of its own; weights laid out for one
 * device; scales and zero points that are computed, or stored in another order.
 */
final class NBitsNode {

  private static final int SCALES = 2;
  private static final int ZERO_POINTS = 3;
  private static final int G_IDX = 4;
  static final int BIAS = 5;

  private static final int SMALLEST_BLOCK = 16;
  private static final int DEFAULT_BITS = 4;

  private static final Set<Long> BITS = Set.of(2L, 4L, 8L);
  private static final Set<String> KNOWN =
      Set.of("K", "N", "bits", "block_size", "accuracy_level", "weight_prepacked");

  private static final Operands OPERANDS = new Operands(0, 1, true, 0, ImmutableList.of());

  private final GraphIndex index;
  private final int position;
  private final NodeProto node;

  NBitsNode(GraphIndex index, int position) {
    this.index = index;
    this.position = position;
    this.node = index.node(position);
  }

  LayerMatch match(DenseForm form, Ranks ranks) {
    Refused refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    return new Matched(
        DenseLayer.of(
                index,
                position,
                form,
                FeatureAxis.last(node.getInput(0)),
                FeatureAxis.last(node.getOutput(0)),
                OPERANDS,
                WeightMatrix.of(index.model(), weight()),
                ranks.of(node.getInput(0)))
            .with(has(BIAS) ? Bias.of(source(BIAS)) : null, 1, 1));
  }

  private boolean has(int input) {
    return input < node.getInputCount() && !node.getInput(input).isEmpty();
  }

  private long attribute(String name) {
    return Attributes.integer(node, name, name.equals("bits") ? DEFAULT_BITS : 0);
  }

  private ConstantSource source(int input) {
    ConstantSource source = ConstantSource.of(index, node.getInput(input));
    if (source == null) {
      throw new IllegalStateException(node.getInput(input) + " was constant a moment ago");
    }
    return source;
  }

  private PackedWeight weight() {
    return new PackedWeight(
        source(OPERANDS.weight()),
        source(SCALES),
        has(ZERO_POINTS) ? source(ZERO_POINTS) : null,
        (int) attribute("bits"),
        (int) attribute("block_size"),
        (int) attribute("K"),
        (int) attribute("N"));
  }

  private @Nullable Refused refusal() {
    Refused refusal = attributes();
    if (refusal == null) {
      refusal = elements();
    }
    if (refusal == null) {
      refusal = parameters();
    }
    return refusal == null && has(BIAS) ? bias() : refusal;
  }

  private @Nullable Refused attributes() {
    String unknown =
        node.getAttributeList().stream()
            .map(a -> a.getName())
            .filter(name -> !KNOWN.contains(name))
            .findFirst()
            .orElse(null);
    long block = attribute("block_size");
    boolean sized =
        Stream.of("K", "N")
            .mapToLong(this::attribute)
            .allMatch(size -> size >= 1 && size <= Integer.MAX_VALUE);
    if (unknown != null) {
      return form("has the attribute '" + unknown + "', which is not supported.");
    }
    if (!BITS.contains(attribute("bits"))) {
      return form("has weights of " + attribute("bits") + " bits, not 2, 4 or 8.");
    }
    if (block < SMALLEST_BLOCK || block > 1 << 30 || Long.bitCount(block) != 1) {
      return form("has blocks of " + block + ", not a power of two of at least 16.");
    }
    if (!sized) {
      return form("has K " + attribute("K") + " and N " + attribute("N") + ".");
    }
    if (attribute("weight_prepacked") != 0) {
      return form("has a device-specific weight layout.");
    }
    return has(G_IDX)
        ? form(
            "has g_idx '" + node.getInput(G_IDX) + "', which assigns inputs to arbitrary blocks.")
        : null;
  }

  private @Nullable Refused elements() {
    String value = node.getInput(OPERANDS.weight());
    ConstantSource source = ConstantSource.of(index, value);
    if (source == null) {
      return WeightObstacle.of(index, value);
    }
    if (source.format() != ElementType.UINT8) {
      return new Refused(
          SkipReason.UNSUPPORTED_TYPE,
          "The weight '" + value + "' is " + source.format().name() + ".");
    }
    long bytes = attribute("block_size") * attribute("bits") / Byte.SIZE;
    return isPlain(source) && source.dims().equals(List.of(attribute("N"), blocks(), bytes))
        ? null
        : misshapen("weight", source);
  }

  private @Nullable Refused parameters() {
    if (!has(SCALES)) {
      return form("has too few inputs.");
    }
    if (ConstantSource.of(index, node.getInput(0)) != null) {
      return new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
    }
    ConstantSource scales = ConstantSource.of(index, node.getInput(SCALES));
    if (scales == null || !scales.format().isFloating() || !fits(scales, blocks())) {
      return scales == null
          ? form("has the scales '" + node.getInput(SCALES) + "', which are not constant.")
          : misshapen("scale", scales);
    }
    if (!has(ZERO_POINTS)) {
      return null;
    }
    ConstantSource zeros = ConstantSource.of(index, node.getInput(ZERO_POINTS));
    if (zeros == null) {
      return form(
          "has the zero points '" + node.getInput(ZERO_POINTS) + "', which are not constant.");
    }
    if (zeros.format() != ElementType.UINT8) {
      return zeros.format() == scales.format() && fits(zeros, blocks())
          ? null
          : misshapen("zero point", zeros);
    }
    long bytes = PackedBits.bytes((int) blocks(), (int) attribute("bits"));
    return isPlain(zeros) && fits(zeros, bytes) ? null : misshapen("zero point", zeros);
  }

  private @Nullable Refused bias() {
    ConstantSource bias = ConstantSource.of(index, node.getInput(BIAS));
    if (bias == null) {
      return new Refused(
          SkipReason.DYNAMIC_BIAS, "The bias '" + node.getInput(BIAS) + "' is not constant.");
    }
    return bias.format().isFloating() && bias.dims().equals(List.of(attribute("N")))
        ? null
        : misshapen("bias", bias);
  }

  private long blocks() {
    return (attribute("K") + attribute("block_size") - 1) / attribute("block_size");
  }

  /** Whether there are so many numbers for each output, in the order in which they are stored. */
  private boolean fits(ConstantSource source, long each) {
    long rows = attribute("N");
    return isInOrder(source)
        && source.steps().stream().allMatch(step -> step.axis() < 0)
        && (source.dims().equals(List.of(rows, each))
            || (rows <= Integer.MAX_VALUE / each && source.dims().equals(List.of(rows * each))));
  }

  private static boolean isPlain(ConstantSource source) {
    return isInOrder(source) && source.steps().isEmpty();
  }

  private static boolean isInOrder(ConstantSource source) {
    return IntStream.range(0, source.rank()).allMatch(axis -> source.order().get(axis) == axis);
  }

  private static Refused form(String rest) {
    return new Refused(SkipReason.UNSUPPORTED_FORM, "MatMulNBits " + rest);
  }

  private Refused misshapen(String what, ConstantSource source) {
    return form(
        "has the %s '%s' of shape %s and type %s, which does not match K %d, N %d, %d bits and blocks of %d."
            .formatted(
                what,
                source.value(),
                source.dims(),
                source.format().name(),
                attribute("K"),
                attribute("N"),
                attribute("bits"),
                attribute("block_size")));
  }
}
