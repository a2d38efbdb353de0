package dev.partita.verify;

import java.util.Locale;

/** What the numbers of an output are, which decides how two models are compared on it. */
public enum ReadAs {
  /** Class numbers: equal or not. */
  CLASSES,
  /** Scores of classes along an axis: the largest decides. */
  SCORES,
  /** A probability, or a score, for each of several yes-or-no questions: a threshold decides. */
  PROBABILITIES,
  /** Numbers whose size matters: regression, boxes, embeddings. */
  VALUES,
  /** Several numbers without evidence for either: logits, embeddings. */
  UNDECIDED;

  /** As it is written in reports and options. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
