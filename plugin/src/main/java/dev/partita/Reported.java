package dev.partita;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A record that is part of a report: its components are the keys of the JSON, and classes of other
 * languages are generated from it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Reported {

  /** What it is, in a sentence, for users of other languages. */
  String value();

  /** What it is called there; empty for its own name. */
  String name() default "";
}
