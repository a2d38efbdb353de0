package dev.partita.verify;

import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Labels;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Reading.Asked;
import dev.partita.verify.Reading.LabelUse;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decides how one output is read: by what the user says, the graph, the labels and the original's
 * own numbers, in this order.
 */
final class OutputReader {

  /** This close to 0 or 1 a probability is nearly certain. */
  private static final double NEARLY_CERTAIN = 0.1;

  private final TensorDescription output;
  private final GraphEvidence evidence;
  private final DataSet data;
  private final @Nullable Labels labels;
  private final String kind;
  private final boolean isText;

  // What the original's numbers show.
  private int rank = -1;
  private ImmutableLongArray sampleShape = ImmutableLongArray.of();
  private boolean byRow = true;
  private boolean shapeVaries;
  private boolean countsSamples = true;
  private double least = Double.POSITIVE_INFINITY;
  private double most = Double.NEGATIVE_INFINITY;
  private long numbers;
  private long nearlyCertain;

  /**
   * A reader.
   *
   * @param kind what the model makes, as its type is called
   */
  OutputReader(TensorDescription output, GraphEvidence evidence, DataSet data, String kind) {
    this.kind = kind;
    this.isText = kind.equals("a tensor of strings");
    this.output = output;
    this.evidence = evidence;
    this.data = data;
    this.labels = data.labels();
  }

  /** Takes note of what the original makes of a batch. */
  void see(Batch batch, Tensor original) {
    boolean rows = original.rank() > 0 && original.shape().get(0) == batch.samples();
    ImmutableLongArray shape =
        rows ? original.shape().subArray(1, original.rank()).trimmed() : original.shape();
    countsSamples &= batch.samples() == 1 || original.shape().contains(batch.samples());
    shapeVaries |= rank >= 0 && !shape.equals(sampleShape);
    byRow &= rows;
    rank = original.rank();
    sampleShape = shape;
    for (int i = 0; i < original.elements(); i++) {
      double value = original.doubleAt(i);
      if (Double.isFinite(value)) {
        least = Math.min(least, value);
        most = Math.max(most, value);
        numbers++;
        nearlyCertain +=
            Math.abs(value) < NEARLY_CERTAIN || Math.abs(value - 1) < NEARLY_CERTAIN ? 1 : 0;
      }
    }
  }

  /**
   * How the output is read.
   *
   * @param asked what the user says; null for nothing
   * @param only whether no other output could be what the labels are about
   * @param batches to try decisions on
   * @param originals what the original makes of a batch, by its index
   */
  Reading read(
      @Nullable Asked asked, boolean only, List<Batch> batches, IntFunction<Tensor> originals) {
    Reading found = asked == null ? found(only, batches, originals) : asked(asked);
    boolean constant =
        asked == null
            && found.as() != ReadAs.VALUES
            && found.labels() != LabelUse.DECISIONS
            && isConstant(found, batches, originals);
    return constant
        ? new Reading(
            ReadAs.VALUES,
            columnAxis(),
            0,
            LabelUse.NONE,
            "the decisions of the original are constant")
        : found;
  }

  private Reading asked(Asked asked) {
    String why = "--read says so";
    return switch (asked.as()) {
      case SCORES -> scores(asked.axis(), why);
      case PROBABILITIES ->
          new Reading(
              ReadAs.PROBABILITIES,
              columnAxis(),
              threshold(),
              labels != null && labels.areBinary() && labels.perSample() == perSample()
                  ? LabelUse.DECISIONS
                  : LabelUse.NONE,
              why);
      case CLASSES -> new Reading(ReadAs.CLASSES, -1, 0, labelsOf(perSample()), why);
      case VALUES, UNDECIDED ->
          new Reading(
              ReadAs.VALUES,
              columnAxis(),
              0,
              labels != null && labels.perSample() == perSample()
                  ? LabelUse.TARGETS
                  : LabelUse.NONE,
              why);
    };
  }

  private Reading found(boolean only, List<Batch> batches, IntFunction<Tensor> originals) {
    if (!holdsScores(output.type())) {
      return new Reading(ReadAs.CLASSES, -1, 0, labelsOf(perSample()), "it is " + kind);
    }
    if (evidence.scores() != null && columns(axis(evidence.scoresAxis())) > 1) {
      return scores(evidence.scoresAxis(), evidence.scores());
    }
    if (takesClassLabels() && (only || isRight(batches, originals))) {
      return scores(OptionalInt.empty(), "the labels are its classes");
    }
    Labels known = labels;
    if (known != null && !known.areTexts() && byRow && known.perSample() == perSample()) {
      return known.areBinary()
          ? new Reading(
              ReadAs.PROBABILITIES,
              columnAxis(),
              threshold(),
              LabelUse.DECISIONS,
              perSample() == 1 ? "the labels are 0 and 1" : "the labels are 0 and 1, of its shape")
          : new Reading(
              ReadAs.VALUES, columnAxis(), 0, LabelUse.TARGETS, "the labels are its targets");
    }
    boolean severalColumns = columns(columnAxis()) > 1;
    if (evidence.sigmoid()) {
      return 2 * nearlyCertain > numbers
          ? new Reading(
              ReadAs.PROBABILITIES,
              columnAxis(),
              threshold(),
              LabelUse.NONE,
              "a Sigmoid makes it, and most of its numbers are near 0 or 1")
          : values("a Sigmoid makes it, and most of its numbers are not near 0 or 1");
    }
    return severalColumns
        ? new Reading(
            ReadAs.UNDECIDED,
            columnAxis(),
            0,
            LabelUse.NONE,
            "nothing shows whether its numbers are scores or values")
        : values("it has one column");
  }

  private Reading values(String why) {
    return new Reading(ReadAs.VALUES, columnAxis(), 0, LabelUse.NONE, why);
  }

  private Reading scores(OptionalInt asked, String why) {
    int axis = axis(asked);
    if (columns(axis) < 2) {
      throw new GateException(
          "The output \"%s\" has no two scores along axis %d; its shape is %s."
              .formatted(output.name(), axis, output.shapeText()),
          "Name the axis of the classes: --read %s=scores@AXIS.".formatted(output.name()));
    }
    return new Reading(ReadAs.SCORES, axis, 0, labelsOf(perSample() / columns(axis)), why);
  }

  /** Class numbers for so many decisions of a sample. */
  private LabelUse labelsOf(long decisions) {
    return labels != null
            && labels.areWhole()
            && labels.areTexts() == isText
            && byRow
            && labels.perSample() == decisions
        ? LabelUse.DECISIONS
        : LabelUse.NONE;
  }

  private double threshold() {
    return evidence.sigmoid() || (least >= 0 && most <= 1) ? 0.5 : 0;
  }

  /** Whether labels may be class numbers of this output, by their number and range. */
  boolean takesClassLabels() {
    int axis = columnAxis();
    return holdsScores(output.type())
        && columns(axis) > 1
        && labelsOf(perSample() / columns(axis)) == LabelUse.DECISIONS
        && misfit() == null;
  }

  /** Why class numbers, one for each sample, cannot be those of this output; null if they can. */
  @Nullable String misfit() {
    Labels known = labels;
    if (known == null
        || known.areTexts()
        || !known.areWhole()
        || known.perSample() != 1
        || !holdsScores(output.type())
        || sampleShape.length() != 1
        || columns(columnAxis()) < 2) {
      return null;
    }
    int classes = columns(columnAxis());
    for (int sample = 0; sample < data.samples(); sample++) {
      double label = data.label(sample, 0);
      if (label < 0 || label >= classes) {
        return "%s: label %d of sample %d is none of the %d classes of the output \"%s\"."
            .formatted(data.description(), (long) label, sample, classes, output.name());
      }
    }
    return null;
  }

  /** Whether some axis is as long as the batch, whatever the batch. */
  boolean countsSamples() {
    return countsSamples;
  }

  /** The shape of the original's first batch, without its axis of samples if it has one. */
  String shapeText() {
    return sampleShape.toString();
  }

  /** Whether labels have a 1 for the class of each sample, and the output a score for each. */
  boolean takesOneHot() {
    Labels known = labels;
    return known != null && byRow && known.isOneHot() && known.perSample() == perSample();
  }

  /** Labels that are another output's agree with the arg-max of this one by chance alone. */
  private boolean isRight(List<Batch> batches, IntFunction<Tensor> originals) {
    OutputStatistics statistics =
        new OutputStatistics(output, data, scores(OptionalInt.empty(), ""));
    batches.forEach(batch -> add(statistics, batch, originals));
    Tally tally = statistics.decisions().worst();
    return tally != null
        && tally.isLabelled()
        && tally.accuracyBefore() >= tally.commonestLabel() / 2;
  }

  private boolean isConstant(Reading reading, List<Batch> batches, IntFunction<Tensor> originals) {
    OutputStatistics statistics = new OutputStatistics(output, data, reading);
    for (Batch batch : batches) {
      add(statistics, batch, originals);
      if (!statistics.decisions().areConstant()) {
        return false;
      }
    }
    return true;
  }

  private static void add(OutputStatistics statistics, Batch batch, IntFunction<Tensor> originals) {
    Tensor original = originals.apply(batch.index());
    statistics.add(batch, batch.mask(), original, original);
  }

  private int axis(OptionalInt asked) {
    if (asked.isEmpty()) {
      return columnAxis();
    }
    int axis = asked.getAsInt() < 0 ? asked.getAsInt() + rank : asked.getAsInt();
    if (axis < 0 || axis >= rank) {
      throw new GateException(
          "The output \"%s\" has no axis %d; its shape is %s."
              .formatted(output.name(), asked.getAsInt(), output.shapeText()),
          "Count axes from 0, or from the end with -1.");
    }
    return axis;
  }

  /** Channels of a map, else the last axis; -1 where that axis is of samples or changes in size. */
  private int columnAxis() {
    int axis = rank == 4 ? 1 : rank - 1;
    boolean fixed = !shapeVaries || output.rank() != rank || output.shape().get(axis) >= 0;
    return axis < (byRow ? 1 : 0) || !fixed ? -1 : axis;
  }

  private int columns(int axis) {
    int inSample = axis - (byRow ? 1 : 0);
    return axis < 0 || inSample < 0 ? 1 : Math.toIntExact(sampleShape.get(inSample));
  }

  private long perSample() {
    return sampleShape.stream().reduce(1, (a, b) -> a * b);
  }

  /** Floats and quantized scores; wider whole numbers are classes, indices or counts. */
  private static boolean holdsScores(ElementType type) {
    return type.isFloating() || type == ElementType.INT8 || type == ElementType.UINT8;
  }
}
