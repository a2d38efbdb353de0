package dev.partita.optimize;

import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A parameter and what it is among the options of a run.
 *
 * @param set gives it to a builder
 * @param get reads it; null where nothing holds
 */
record OptionBinding<T>(
    Parameter<T> parameter,
    BiConsumer<OptimizeOptionsBuilder, T> set,
    Function<OptimizeOptions, @Nullable T> get) {

  /** Sets the value that was given; without one the option stays as it is. */
  void apply(Arguments arguments, OptimizeOptionsBuilder options) {
    T value = arguments.given(parameter);
    if (value != null) {
      set.accept(options, value);
    }
  }

  /**
   * Refuses a value that the parameter does not allow.
   *
   * @throws dev.partita.UsageException that names the parameter
   */
  void check(OptimizeOptions options) {
    T value = get.apply(options);
    if (value != null) {
      parameter.require(value);
    }
  }
}
