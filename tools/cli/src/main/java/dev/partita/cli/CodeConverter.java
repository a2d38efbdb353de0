package dev.partita.cli;

import dev.partita.spi.ParameterType;
import picocli.CommandLine.ITypeConverter;

/** Reads constants as they are written on the command line: {@code least-squares}. */
abstract class CodeConverter<E extends Enum<E>> implements ITypeConverter<E> {

  private final ParameterType.Choice<E> choice;

  CodeConverter(Class<E> constants) {
    this.choice = new ParameterType.Choice<>(constants);
  }

  @Override
  public E convert(String text) {
    return PassOptions.converted(choice, text);
  }
}
