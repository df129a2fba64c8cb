package io.sandjar.runtime.image;

import java.util.Optional;

/** An operating system and processor, in the names that Go and the OCI specs use. */
public record Platform(String os, String architecture, Optional<String> variant) {

  /** The machine this runs on. */
  public static Platform host() {
    return of(System.getProperty("os.arch"));
  }

  static Platform of(String javaArchitecture) {
    return switch (javaArchitecture) {
      case "amd64", "x86_64" -> new Platform("linux", "amd64", Optional.empty());
      case "aarch64" -> new Platform("linux", "arm64", Optional.of("v8"));
      case "arm" -> new Platform("linux", "arm", Optional.of("v7"));
      default -> new Platform("linux", javaArchitecture, Optional.empty());
    };
  }

  /**
   * How well an image for this platform runs on {@code machine}: greater is better, negative is not
   * at all. An index may offer several, such as arm/v6 and arm/v7.
   */
  public int suits(Platform machine) {
    if (!os.equals(machine.os) || !architecture.equals(machine.architecture)) {
      return -1;
    }
    int offered = level(variant);
    int wanted = level(machine.variant);
    if (variant.isEmpty()) {
      return 1;
    }
    return offered <= wanted ? 1 + offered : -1;
  }

  /** arm64 without a variant is v8, arm is v7, amd64 is v1. */
  private int level(Optional<String> variant) {
    String text =
        variant.orElse(
            switch (architecture) {
              case "arm64" -> "v8";
              case "arm" -> "v7";
              default -> "v1";
            });
    return text.matches("v[0-9]{1,2}") ? Integer.parseInt(text.substring(1)) : Integer.MAX_VALUE;
  }

  @Override
  public String toString() {
    return os + '/' + architecture + variant.map(v -> '/' + v).orElse("");
  }
}
