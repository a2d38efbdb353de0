package dev.partita.spi;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values of the parameters of one pass. */
public final class Arguments {

  private final ImmutableList<Parameter<?>> parameters;
  private final ImmutableMap<Parameter<?>, Object> values;

  private Arguments(
      ImmutableList<Parameter<?>> parameters, ImmutableMap<Parameter<?>, Object> values) {
    this.parameters = parameters;
    this.values = values;
  }

  /** No value for any parameter, so that all defaults hold. */
  public static Arguments of(ModelPass pass) {
    return new Arguments(pass.parameters(), ImmutableMap.of());
  }

  /** No value for any of these parameters. */
  public static Arguments of(Iterable<? extends Parameter<?>> parameters) {
    return new Arguments(ImmutableList.copyOf(parameters), ImmutableMap.of());
  }

  /**
   * These and one more; texts and entries that were given before stay.
   *
   * @param text as the command line has it
   * @throws UsageException if there is no such parameter, or the text is not a value of it
   */
  public Arguments with(String name, String text) {
    Parameter<?> named =
        parameters.stream()
            .filter(parameter -> parameter.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new UsageException(
                        "There is no parameter '" + name + "'.",
                        parameters.stream()
                            .map(Parameter::name)
                            .collect(Collectors.joining(", ", "The parameters are: ", "."))));
    return parsed(named, text);
  }

  private <T> Arguments parsed(Parameter<T> parameter, String text) {
    return with(parameter, parameter.parse(text));
  }

  /**
   * These and one more; texts and entries that were given before stay.
   *
   * @throws UsageException if the value is not allowed
   */
  public <T> Arguments with(Parameter<T> parameter, T value) {
    parameter.require(value);
    Map<Parameter<?>, Object> more = new LinkedHashMap<>(values);
    more.merge(parameter, value, Arguments::joined);
    return new Arguments(parameters, ImmutableMap.copyOf(more));
  }

  /**
   * These and more, each of the type of its parameter.
   *
   * @throws UsageException if a value is not allowed
   */
  public Arguments with(Map<Parameter<?>, Object> more) {
    Arguments all = this;
    for (Map.Entry<Parameter<?>, Object> entry : more.entrySet()) {
      all = all.withUnchecked(entry.getKey(), entry.getValue());
    }
    return all;
  }

  @SuppressWarnings("unchecked") // Callers tie values to parameters.
  private <T> Arguments withUnchecked(Parameter<T> parameter, Object value) {
    return with(parameter, (T) value);
  }

  private static Object joined(Object before, Object value) {
    if (before instanceof ImmutableList<?> list && value instanceof ImmutableList<?> more) {
      return ImmutableList.builder().addAll(list).addAll(more).build();
    }
    if (before instanceof ImmutableMap<?, ?> map && value instanceof ImmutableMap<?, ?> more) {
      return ImmutableMap.builder().putAll(map).putAll(more).buildKeepingLast();
    }
    return value;
  }

  /** What was given, by its parameter. */
  public ImmutableMap<Parameter<?>, Object> given() {
    return values;
  }

  /** The value of a parameter, else its default; null where it has none. */
  @SuppressWarnings("unchecked") // Values come in through with(), which ties them to parameters.
  public <T> @Nullable T get(Parameter<T> parameter) {
    T given = (T) values.get(parameter);
    return given == null ? parameter.defaultValue() : given;
  }

  /** The value of a parameter, else its default, else another value. */
  public <T> T get(Parameter<T> parameter, T otherwise) {
    T value = get(parameter);
    return value == null ? otherwise : value;
  }

  /**
   * The value of a parameter that has a default.
   *
   * @throws IllegalArgumentException where it has none, and nothing was given
   */
  public <T> T require(Parameter<T> parameter) {
    T value = get(parameter);
    if (value == null) {
      throw new IllegalArgumentException("no value is set for " + parameter.name());
    }
    return value;
  }
}
