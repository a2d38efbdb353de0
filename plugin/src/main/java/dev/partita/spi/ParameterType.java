package dev.partita.spi;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which values a parameter has. Each kind reads and writes them as the command line does.
 *
 * @param <T> the values
 */
public sealed interface ParameterType<T> {

  /**
   * The value of a text.
   *
   * @throws IllegalArgumentException whose message is the end of a sentence that begins with what
   *     has the value: {@code has to be at least 1, but is 0}
   */
  T parse(String text);

  /** The text that {@link #parse} reads as the value; of several values, of each. */
  String text(T value);

  /** Why a value is not allowed, as the end of a sentence; empty where it is. */
  default Optional<String> refusal(T value) {
    return Optional.empty();
  }

  /** The texts that {@link #parse} reads as the value, one after the other. */
  default ImmutableList<String> parts(T value) {
    return ImmutableList.of(text(value));
  }

  /** Whether {@link #parse} reads a part of the value, which may be given again and again. */
  default boolean repeatable() {
    return false;
  }

  /** The placeholder of a value in a synopsis: {@code N}, {@code none|distill}. */
  String label();

  /** Yes or no. */
  record Flag() implements ParameterType<Boolean> {
    @Override
    public Boolean parse(String text) {
      return switch (text) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new IllegalArgumentException(expected(label(), text));
      };
    }

    @Override
    public String text(Boolean value) {
      return value.toString();
    }

    @Override
    public String label() {
      return "true|false";
    }
  }

  /** Whole numbers between two bounds, which belong to them. */
  record WholeNumber(String label, long minimum, long maximum) implements ParameterType<Long> {

    /** How many of something: from 1 to what an {@code int} holds. */
    public static WholeNumber count() {
      return new WholeNumber("N", 1, Integer.MAX_VALUE);
    }

    @Override
    public Long parse(String text) {
      try {
        return allowed(this, Long.parseLong(text));
      } catch (NumberFormatException failure) {
        throw new IllegalArgumentException(expected("a whole number", text), failure);
      }
    }

    @Override
    public String text(Long value) {
      return value.toString();
    }

    @Override
    public Optional<String> refusal(Long value) {
      if (value < minimum) {
        return Optional.of("must be at least " + minimum + ", but is " + value);
      }
      return value <= maximum
          ? Optional.empty()
          : Optional.of("must be at most " + maximum + ", but is " + value);
    }
  }

  /** Real numbers between 0 and a bound, which belong to them; the bound may be infinity. */
  record RealNumber(double maximum) implements ParameterType<Double> {
    @Override
    public Double parse(String text) {
      try {
        return allowed(this, Double.parseDouble(text));
      } catch (NumberFormatException failure) {
        throw new IllegalArgumentException(expected("a number", text), failure);
      }
    }

    @Override
    public String text(Double value) {
      return value.toString();
    }

    @Override
    public Optional<String> refusal(Double value) {
      // Written so that NaN is refused as well.
      if (value >= 0 && value <= maximum && !Double.isInfinite(value)) {
        return Optional.empty();
      }
      String range = Double.isInfinite(maximum) ? "be at least 0" : "be between 0 and " + maximum;
      return Optional.of("must " + range + ", but is " + value);
    }

    @Override
    public String label() {
      return "X";
    }
  }

  /** The constants of an enumeration, written in lower case with hyphens. */
  record Choice<E extends Enum<E>>(Class<E> constants) implements ParameterType<E> {
    @Override
    public E parse(String text) {
      return Arrays.stream(constants.getEnumConstants())
          .filter(constant -> text(constant).equals(text))
          .findFirst()
          .orElseThrow(
              () -> new IllegalArgumentException(expected(String.join(" or ", values()), text)));
    }

    @Override
    public String text(E value) {
      return Ascii.toLowerCase(value.name()).replace('_', '-');
    }

    /** How the constants are written, in their order. */
    public ImmutableList<String> values() {
      return Arrays.stream(constants.getEnumConstants())
          .map(this::text)
          .collect(ImmutableList.toImmutableList());
    }

    @Override
    public String label() {
      return String.join("|", values());
    }
  }

  /** Any text. */
  record Text(String label) implements ParameterType<String> {
    @Override
    public String parse(String text) {
      return text;
    }

    @Override
    public String text(String value) {
      return value;
    }
  }

  /** Samples: the path of an .npz file or of a folder of ONNX test data sets, or random[:N]. */
  record Data() implements ParameterType<String> {
    @Override
    public String parse(String text) {
      return text;
    }

    @Override
    public String text(String value) {
      return value;
    }

    @Override
    public String label() {
      return "DATA";
    }
  }

  /** Lengths of time: whole seconds, minutes or hours, as 90s, 30m, 2h. */
  record TimeSpan() implements ParameterType<Duration> {
    private static final Pattern TIME = Pattern.compile("(\\d{1,6})([smh])");

    @Override
    public Duration parse(String text) {
      Matcher matcher = TIME.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(expected("a duration such as 90s, 30m or 2h", text));
      }
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    }

    @Override
    public String text(Duration value) {
      long seconds = value.toSeconds();
      if (seconds % 3600 == 0 && seconds > 0) {
        return seconds / 3600 + "h";
      }
      return seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
    }

    @Override
    public Optional<String> refusal(Duration value) {
      return value.isZero() || value.isNegative()
          ? Optional.of("must be a positive duration such as 90s, 30m or 2h")
          : Optional.empty();
    }

    @Override
    public String label() {
      return "TIME";
    }
  }

  /** Any number of texts. {@link #parse} reads one of them. */
  record Texts(String label) implements ParameterType<ImmutableList<String>> {
    @Override
    public boolean repeatable() {
      return true;
    }

    @Override
    public ImmutableList<String> parse(String text) {
      return ImmutableList.of(text);
    }

    @Override
    public String text(ImmutableList<String> value) {
      return String.join(" ", value);
    }

    @Override
    public ImmutableList<String> parts(ImmutableList<String> value) {
      return value;
    }
  }

  /** Any number of names with a value each. {@link #parse} reads one of them, NAME=VALUE. */
  record Entries<V>(String key, ParameterType<V> values)
      implements ParameterType<ImmutableMap<String, V>> {
    @Override
    public boolean repeatable() {
      return true;
    }

    @Override
    public ImmutableMap<String, V> parse(String text) {
      int sign = text.indexOf('=');
      if (sign < 1) {
        throw new IllegalArgumentException(expected(label(), text));
      }
      return ImmutableMap.of(text.substring(0, sign), values.parse(text.substring(sign + 1)));
    }

    @Override
    public String text(ImmutableMap<String, V> value) {
      return String.join(" ", parts(value));
    }

    @Override
    public ImmutableList<String> parts(ImmutableMap<String, V> value) {
      return value.entrySet().stream()
          .map(entry -> entry.getKey() + "=" + values.text(entry.getValue()))
          .collect(ImmutableList.toImmutableList());
    }

    @Override
    public Optional<String> refusal(ImmutableMap<String, V> value) {
      for (Map.Entry<String, V> entry : value.entrySet()) {
        Optional<String> reason = values.refusal(entry.getValue());
        if (reason.isPresent()) {
          return Optional.of("for '" + entry.getKey() + "' " + reason.get());
        }
      }
      return Optional.empty();
    }

    @Override
    public String label() {
      return key + "=" + values.label();
    }
  }

  private static <T> T allowed(ParameterType<T> type, T value) {
    type.refusal(value)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
    return value;
  }

  private static String expected(String what, String text) {
    return "must be " + what + ", but is '" + text + "'";
  }
}
