package dev.partita.gradient;

import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import java.util.OptionalInt;

/** Finds the scores that a classifier turns into probabilities. */
public final class Scores {

  private Scores() {}

  /** What goes into the Softmax that makes a value; the value itself where none does. */
  public static String of(GraphIndex index, String value) {
    OptionalInt producer = index.producer(value);
    if (producer.isEmpty()) {
      return value;
    }
    NodeProto node = index.node(producer.getAsInt());
    boolean softmax = node.getOpType().equals("Softmax") || node.getOpType().equals("LogSoftmax");
    String input = softmax ? node.getInput(0) : value;
    return index.producer(input).isPresent() ? input : value;
  }
}
