package dev.partita;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of the library, as its Maven project states it. */
public final class Version {

  private static final String RESOURCE = "version.properties";

  private Version() {}

  /** Such as {@code 0.1.0}. */
  public static String current() {
    try (InputStream resource = Version.class.getResourceAsStream(RESOURCE)) {
      Properties properties = new Properties();
      properties.load(resource);
      return properties.getProperty("version");
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot read " + RESOURCE, failure);
    }
  }
}
