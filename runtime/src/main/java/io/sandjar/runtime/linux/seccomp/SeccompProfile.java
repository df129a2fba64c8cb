package io.sandjar.runtime.linux.seccomp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * Which system calls a container may make.
 *
 * @param architectures whose programs may run, beside the machine's own
 * @param flags of seccomp(2)
 */
public record SeccompProfile(
    SeccompAction defaultAction,
    Set<SeccompArch> architectures,
    List<SeccompRule> rules,
    int flags) {

  /**
   * Reads the OCI's format, and Docker's extension of it.
   *
   * @throws SeccompProfileException if it is not one, or asks for what is not supported
   */
  public static SeccompProfile parse(String json) {
    return SeccompProfileReader.read(json);
  }

  /** The profile of a container that asks for RuntimeDefault. */
  public static SeccompProfile runtimeDefault() {
    return parse(resource("runtime-default.json"));
  }

  static String resource(String name) {
    try (InputStream in = SeccompProfile.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("read the resource " + name, e);
    }
  }
}
