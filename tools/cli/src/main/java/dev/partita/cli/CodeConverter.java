package dev.partita.cli;

import com.google.common.base.Ascii;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads constants as they are written on the command line: {@code least-squares}. */
abstract class CodeConverter<E extends Enum<E>> implements ITypeConverter<E> {

  private final E[] constants;

  CodeConverter(E[] constants) {
    this.constants = constants;
  }

  @Override
  public E convert(String text) {
    return Arrays.stream(constants)
        .filter(constant -> code(constant).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected "
                        + Arrays.stream(constants)
                            .map(CodeConverter::code)
                            .collect(Collectors.joining(" or "))
                        + " but was '"
                        + text
                        + "'"));
  }

  private static String code(Enum<?> constant) {
    return Ascii.toLowerCase(constant.name()).replace('_', '-');
  }
}
