package dev.partita.verify;

/**
 * A measure of the user's own: it scores what two models make of the same samples. It is asked once
 * for each candidate that the gate checks, and the same outputs have to give the same score, or
 * runs are not reproducible.
 */
public interface OutputMetric {

  /** Its name in reports: letters, digits, {@code _} and {@code -}. */
  String name();

  /**
   * Scores a candidate and the original.
   *
   * @param outputs of both, batch by batch; good until this method returns
   * @throws MetricException where there is no score
   * @throws InterruptedException where the calling thread is interrupted
   */
  MetricScore score(OutputPairs outputs) throws InterruptedException;
}
