package dev.partita.repair.distillation;

/**
 * Adam with bias correction, as in Kingma and Ba, arXiv 1412.6980, algorithm 1, with the constants
 * that the paper proposes.
 */
final class Adam {

  private static final double FIRST_DECAY = 0.9;
  private static final double SECOND_DECAY = 0.999;
  private static final double FLOOR = 1e-8;

  private final float[] first;
  private final float[] second;
  private int steps;

  Adam(int size) {
    this.first = new float[size];
    this.second = new float[size];
  }

  /** Moves values against their gradient. */
  void step(float[] values, float[] gradient, double rate) {
    steps++;
    float b1 = (float) FIRST_DECAY;
    float b2 = (float) SECOND_DECAY;
    float scale = (float) (rate / (1 - Math.pow(FIRST_DECAY, steps)));
    float unbias = (float) (1 / (1 - Math.pow(SECOND_DECAY, steps)));
    float floor = (float) FLOOR;
    for (int i = 0; i < values.length; i++) {
      float g = gradient[i];
      float m = b1 * first[i] + (1 - b1) * g;
      float v = b2 * second[i] + (1 - b2) * g * g;
      first[i] = m;
      second[i] = v;
      values[i] -= scale * m / ((float) Math.sqrt(v * unbias) + floor);
    }
  }
}
