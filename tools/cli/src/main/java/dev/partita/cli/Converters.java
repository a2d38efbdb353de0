package dev.partita.cli;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.DramSharing;
import dev.partita.cli.Engine.LastLayer;
import dev.partita.optimize.OptimizeOptions.IrVersion;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Soften;
import dev.partita.optimize.OptimizeOptions.Strategy;
import dev.partita.shard.ShardLayout;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the values of options are read. */
final class Converters {

  private Converters() {}

  static final class OfRepair extends CodeConverter<Repair> {
    OfRepair() {
      super(Repair.values());
    }
  }

  static final class OfStrategy extends CodeConverter<Strategy> {
    OfStrategy() {
      super(Strategy.values());
    }
  }

  static final class OfSoften extends CodeConverter<Soften> {
    OfSoften() {
      super(Soften.values());
    }
  }

  static final class OfIrVersion extends CodeConverter<IrVersion> {
    OfIrVersion() {
      super(IrVersion.values());
    }
  }

  static final class OfDramSharing extends CodeConverter<DramSharing> {
    OfDramSharing() {
      super(DramSharing.values());
    }
  }

  static final class OfShell extends CodeConverter<CompletionCommand.Shell> {
    OfShell() {
      super(CompletionCommand.Shell.values());
    }
  }

  static final class OfLastLayer extends CodeConverter<LastLayer> {
    OfLastLayer() {
      super(LastLayer.values());
    }
  }

  static final class OfLayout extends CodeConverter<ShardLayout> {
    OfLayout() {
      super(ShardLayout.values());
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
          "expected two or more widths such as 2048-4096-4096-200 but was '" + text + "'");
    }
  }
}
