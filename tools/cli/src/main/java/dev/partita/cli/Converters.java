package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.cli.Engine.LastLayer;
import dev.partita.shard.ShardLayout;
import dev.partita.spi.ParameterType;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the values of options are read. */
final class Converters {

  private Converters() {}

  static final class OfShell extends CodeConverter<CompletionCommand.Shell> {
    OfShell() {
      super(CompletionCommand.Shell.class);
    }
  }

  static final class OfLastLayer extends CodeConverter<LastLayer> {
    OfLastLayer() {
      super(LastLayer.class);
    }
  }

  /** Lengths of time. */
  static final class OfTime implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return PassOptions.converted(new ParameterType.TimeSpan(), text);
    }
  }

  static final class OfLayout extends CodeConverter<ShardLayout> {
    OfLayout() {
      super(ShardLayout.class);
    }
  }

  /** Widths of a chain of layers. */
  record Shape(ImmutableList<Long> widths) {}

  static final class OfShape implements ITypeConverter<Shape> {

    @Override
    public Shape convert(String text) {
      ImmutableList.Builder<Long> widths = ImmutableList.builder();
      String[] parts = text.split("-", -1);
      try {
        for (String part : parts) {
          widths.add(Long.parseLong(part));
        }
      } catch (NumberFormatException failure) {
        throw refusal(text);
      }
      Shape shape = new Shape(widths.build());
      if (parts.length < 2 || shape.widths().stream().anyMatch(width -> width < 1)) {
        throw refusal(text);
      }
      return shape;
    }

    private static TypeConversionException refusal(String text) {
      return new TypeConversionException(
          "expected two or more widths such as 2048-4096-4096-200, but got '" + text + "'");
    }
  }
}
