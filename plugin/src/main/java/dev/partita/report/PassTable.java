package dev.partita.report;

import dev.partita.spi.ModelPass;
import dev.partita.spi.Parameter;
import java.util.List;

/** Passes, and below each a line with name and values of every parameter before what it says. */
final class PassTable {

  private static final String INDENTATION = "      ";

  private PassTable() {}

  static String of(List<ModelPass> passes) {
    StringBuilder text = new StringBuilder();
    for (ModelPass pass : passes) {
      text.append(TextLines.paragraph(pass.name() + ": ", pass.description()));
      for (Parameter<?> parameter : pass.parameters()) {
        text.append("  ").append(parameter.name()).append(' ').append(parameter.type().label());
        text.append('\n').append(TextLines.paragraph(INDENTATION, parameter.sentence()));
      }
    }
    return text.toString();
  }
}
