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
  private final ImmutableMap<String, Object> values;

  private Arguments(ImmutableList<Parameter<?>> parameters, ImmutableMap<String, Object> values) {
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
   * @throws UsageException if there is no such parameter, or the text is no value of it
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
                            .collect(Collectors.joining(", ", "There are: ", "."))));
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
    Map<String, Object> more = new LinkedHashMap<>(values);
    more.merge(parameter.name(), value, Arguments::joined);
    return new Arguments(parameters, ImmutableMap.copyOf(more));
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

  /** The value of a parameter; null where none was given. */
  @SuppressWarnings("unchecked") // Values come in through with(), which ties them to parameters.
  public <T> @Nullable T given(Parameter<T> parameter) {
    return (T) values.get(parameter.name());
  }

  /** The value of a parameter, else its default; null where it has none. */
  public <T> @Nullable T get(Parameter<T> parameter) {
    T given = given(parameter);
    return given == null ? parameter.defaultValue() : given;
  }
}
