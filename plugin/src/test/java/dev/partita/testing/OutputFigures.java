package dev.partita.testing;

import dev.partita.verify.Accuracy.Intervals;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.verify.Accuracy.StandardErrors;
import org.jspecify.annotations.Nullable;

/** Figures of an output, written down for a test; those that are not given do not apply. */
public final class OutputFigures {
  private final String name;
  private final String readAs;
  private @Nullable Double before;
  private @Nullable Double after;
  private @Nullable Double agreement;
  private @Nullable Double relativeError;
  private @Nullable Double cosine;
  private @Nullable Double explained;
  private @Nullable Double commonest;
  private @Nullable Double constantAccuracy;
  private @Nullable Double r2Before;
  private @Nullable Double r2After;
  private boolean reached = true;
  private boolean dataDependent;
  private boolean sizeDiffers;
  private StandardErrors errors = new StandardErrors(null, null, null, null);

  private OutputFigures(String name, String readAs) {
    this.name = name;
    this.readAs = readAs;
  }

  public static OutputFigures of(String name, String readAs) {
    return new OutputFigures(name, readAs);
  }

  public OutputFigures accuracy(double ofOriginal, double ofCandidate, double ofConstant) {
    before = ofOriginal;
    after = ofCandidate;
    constantAccuracy = ofConstant;
    return this;
  }

  public OutputFigures agreement(double share, double ofCommonest) {
    agreement = share;
    commonest = ofCommonest;
    return this;
  }

  public OutputFigures relativeError(double error) {
    relativeError = error;
    return this;
  }

  public OutputFigures cosine(double mean) {
    cosine = mean;
    return this;
  }

  public OutputFigures explained(double share) {
    explained = share;
    return this;
  }

  public OutputFigures r2(double ofOriginal, double ofCandidate) {
    r2Before = ofOriginal;
    r2After = ofCandidate;
    return this;
  }

  public OutputFigures notReached() {
    reached = false;
    return this;
  }

  public OutputFigures ofUnknownSize(boolean differs) {
    dataDependent = true;
    sizeDiffers = differs;
    return this;
  }

  public OutputFigures errors(StandardErrors known) {
    errors = known;
    return this;
  }

  public OutputAccuracy build() {
    return new OutputAccuracy(
        name,
        before,
        after,
        agreement,
        relativeError,
        cosine,
        errors,
        readAs,
        "a test says so",
        reached,
        explained,
        commonest,
        constantAccuracy,
        new Intervals(null, null),
        r2Before,
        r2After,
        null,
        null,
        null,
        null,
        100,
        100,
        dataDependent,
        sizeDiffers);
  }
}
