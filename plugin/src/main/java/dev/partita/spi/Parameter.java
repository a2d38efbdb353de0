package dev.partita.spi;

import dev.partita.UsageException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be said to a pass. Hosts make their options, arguments and configurations from
 * it, or are compared with it.
 *
 * @param name in lower case with hyphens, as {@code min-block}
 * @param type which values there are, and how they are written
 * @param defaultValue what holds where nothing is said; null where {@code derivedDefault} says it,
 *     or nothing holds
 * @param derivedDefault what holds where nothing is said and it depends on the rest of a run, as
 *     the end of a sentence; null otherwise
 * @param description one sentence
 * @param recorded whether a model that was written carries the value: it changes the result, and
 *     names no file of the machine
 */
public record Parameter<T>(
    String name,
    ParameterType<T> type,
    @Nullable T defaultValue,
    @Nullable String derivedDefault,
    String description,
    boolean recorded) {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

  /**
   * A parameter.
   *
   * @throws IllegalArgumentException if the name, the description or the default is none
   */
  public Parameter {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("no name of a parameter: " + name);
    }
    if (!description.endsWith(".")) {
      throw new IllegalArgumentException(name + " is not described by a sentence");
    }
    if (defaultValue != null) {
      type.refusal(defaultValue)
          .ifPresent(
              reason -> {
                throw new IllegalArgumentException("the default of " + name + " " + reason);
              });
    }
  }

  /** A parameter with a default. */
  public static <T> Parameter<T> of(
      String name, ParameterType<T> type, T defaultValue, String description) {
    return new Parameter<>(name, type, defaultValue, null, description, true);
  }

  /** A parameter whose default depends on the rest of a run. */
  public static <T> Parameter<T> derived(
      String name, ParameterType<T> type, String derivedDefault, String description) {
    return new Parameter<>(name, type, null, derivedDefault, description, true);
  }

  /** A parameter that says nothing where it is left out. */
  public static <T> Parameter<T> optional(String name, ParameterType<T> type, String description) {
    return new Parameter<>(name, type, null, null, description, true);
  }

  /** The same, not carried by a model. */
  public Parameter<T> unrecorded() {
    return new Parameter<>(name, type, defaultValue, derivedDefault, description, false);
  }

  /** The description with what holds by default, and whether it may be given again. */
  public String sentence() {
    StringBuilder text = new StringBuilder(description.substring(0, description.length() - 1));
    if (defaultValue != null) {
      text.append(" (default: ").append(type.text(defaultValue)).append(')');
    } else if (derivedDefault != null) {
      text.append(" (default: ").append(derivedDefault).append(')');
    }
    if (type.repeatable()) {
      text.append("; repeatable");
    }
    return text.append('.').toString();
  }

  /**
   * Refuses a value out of its range.
   *
   * @throws UsageException that names this parameter
   */
  public void require(T value) {
    type.refusal(value)
        .ifPresent(
            reason -> {
              throw refused(reason, null);
            });
  }

  /**
   * The value of a text.
   *
   * @throws UsageException that names this parameter, if the text is not a value
   */
  public T parse(String text) {
    try {
      return type.parse(text);
    } catch (IllegalArgumentException failure) {
      throw refused(failure.getMessage(), failure);
    }
  }

  private UsageException refused(@Nullable String reason, @Nullable Throwable cause) {
    return new UsageException(
        "The value of " + name + " " + reason + ".",
        "partita passes lists the values of each parameter.",
        cause);
  }
}
