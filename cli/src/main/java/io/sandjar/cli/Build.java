package io.sandjar.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which build of the command this is. */
public record Build(String version) {

  /** As the build wrote it into the jar. */
  public static Build current() {
    try (var stream = Build.class.getResourceAsStream("build.properties")) {
      var properties = new Properties();
      properties.load(stream);
      return new Build(properties.getProperty("version"));
    } catch (IOException e) {
      throw new UncheckedIOException("read build.properties from Sandjar's own jar", e);
    }
  }
}
