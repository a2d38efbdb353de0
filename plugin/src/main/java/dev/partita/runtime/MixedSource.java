package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Each unit blended with another one in a random proportion (mixup, Zhang et al., arXiv
 * 1710.09412), to have more samples of the kind that a model knows. The same for the same seed,
 * however the units are batched.
 */
final class MixedSource implements SampleSource {

  private final SampleSource source;
  private final int[] units;
  private final long seed;

  /**
   * A source of blends.
   *
   * @param units those that partners are drawn from
   */
  MixedSource(SampleSource source, int[] units, long seed) {
    this.source = source;
    this.units = units;
    this.seed = seed;
  }

  /** Whether values of this kind can be blended: measured quantities, not codes. */
  static boolean canMix(Tensor tensor) {
    return switch (tensor.type()) {
      case FLOAT, DOUBLE -> tensor.rank() > 1;
      // One byte a pixel; a list of bytes may be a list of codes.
      case UINT8 -> tensor.rank() > 2;
      default -> false;
    };
  }

  @Override
  public int units() {
    return source.units();
  }

  @Override
  public int samples(int unit) {
    return source.samples(unit);
  }

  @Override
  public int mostUnitsPerBatch() {
    return source.mostUnitsPerBatch();
  }

  @Override
  public ImmutableMap<String, Tensor> gather(int[] positions, int from, int count) {
    int[] partners = new int[count];
    double[] shares = new double[count];
    for (int i = 0; i < count; i++) {
      SplittableRandom random = new SplittableRandom(seed * 1_000_003 + positions[from + i]);
      partners[i] = units[random.nextInt(units.length)];
      shares[i] = random.nextDouble();
    }
    ImmutableMap<String, Tensor> first = source.gather(positions, from, count);
    ImmutableMap<String, Tensor> second = source.gather(partners, 0, count);
    ImmutableMap.Builder<String, Tensor> mixed = ImmutableMap.builder();
    first.forEach((name, tensor) -> mixed.put(name, mix(tensor, second.get(name), shares)));
    return mixed.buildOrThrow();
  }

  private static Tensor mix(Tensor first, Tensor second, double[] shares) {
    Tensor mixed = Tensor.allocate(first.type(), first.shape().toArray());
    int each = first.elements() / shares.length;
    ByteBuffer target = mixed.data();
    for (int i = 0; i < mixed.elements(); i++) {
      double share = shares[i / each];
      double value = share * first.doubleAt(i) + (1 - share) * second.doubleAt(i);
      switch (first.type()) {
        case FLOAT -> target.putFloat((float) value);
        case DOUBLE -> target.putDouble(value);
        default -> target.put((byte) Math.round(value));
      }
    }
    return mixed;
  }
}
