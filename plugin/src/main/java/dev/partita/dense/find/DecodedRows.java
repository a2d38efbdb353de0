package dev.partita.dense.find;

import dev.partita.model.ElementView;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import java.util.List;

/** A matrix with an element of a tensor for each number, and what is done to each element. */
final class DecodedRows implements StoredRows {

  private final ElementView elements;
  private final List<ElementDecoder> decoders;
  private final boolean[] alongRows;
  private final int columns;

  /**
   * The rows of an operand.
   *
   * @param rowAxis the axis of the operand that counts the rows as stored
   */
  DecodedRows(OnnxModel model, ConstantSource source, int columns, int rowAxis) {
    this.elements = Tensors.view(model, source.stored());
    this.decoders = ElementDecoder.of(model, source);
    this.alongRows = new boolean[decoders.size()];
    for (int i = 0; i < alongRows.length; i++) {
      alongRows[i] = decoders.get(i).axis() == rowAxis;
    }
    this.columns = columns;
  }

  @Override
  public void read(int first, int count, float[] into) {
    elements.read((long) first * columns, into, 0, count * columns);
    for (int step = 0; step < alongRows.length; step++) {
      ElementDecoder decoder = decoders.get(step);
      for (int row = 0; row < count; row++) {
        for (int column = 0; column < columns; column++) {
          int at = row * columns + column;
          into[at] = decoder.decode(into[at], alongRows[step] ? first + row : column);
        }
      }
    }
  }

  @Override
  public void readRun(int row, int firstColumn, float[] into) {
    elements.read((long) row * columns + firstColumn, into, 0, into.length);
    for (int step = 0; step < alongRows.length; step++) {
      ElementDecoder decoder = decoders.get(step);
      for (int i = 0; i < into.length; i++) {
        into[i] = decoder.decode(into[i], alongRows[step] ? row : firstColumn + i);
      }
    }
  }

  @Override
  public float get(int row, int column) {
    float value = elements.get((long) row * columns + column);
    for (int step = 0; step < alongRows.length; step++) {
      value = decoders.get(step).decode(value, alongRows[step] ? row : column);
    }
    return value;
  }
}
