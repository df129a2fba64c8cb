package io.sandjar.cli;

import java.util.Optional;

/** Which build of the command this is. */
public record Build(String version) {

  /** As the build wrote it into the jar's manifest; classes outside of a jar have none. */
  public static Build current() {
    return new Build(
        Optional.ofNullable(Build.class.getPackage().getImplementationVersion())
            .orElse("unpackaged"));
  }
}
