package io.sandjar.runtime.linux.cgroup;

import java.util.List;
import java.util.OptionalInt;

/**
 * Devices that a container may use.
 *
 * @param kind which nodes
 * @param major empty for any
 * @param minor empty for any
 * @param access some of {@code r}, {@code w} and {@code m} (mknod)
 */
public record DeviceRule(Kind kind, OptionalInt major, OptionalInt minor, String access) {

  /** Everything, as a privileged container may. */
  public static final DeviceRule ALL =
      new DeviceRule(Kind.ANY, OptionalInt.empty(), OptionalInt.empty(), "rwm");

  /**
   * What every container may use: to make any node but not open it, the standard nodes, and
   * terminals.
   */
  public static final List<DeviceRule> STANDARD =
      List.of(
          new DeviceRule(Kind.CHARACTER, OptionalInt.empty(), OptionalInt.empty(), "m"),
          new DeviceRule(Kind.BLOCK, OptionalInt.empty(), OptionalInt.empty(), "m"),
          character(1, 3), // null
          character(1, 5), // zero
          character(1, 7), // full
          character(1, 8), // random
          character(1, 9), // urandom
          character(5, 0), // tty
          character(5, 1), // console
          character(5, 2), // ptmx
          new DeviceRule(Kind.CHARACTER, OptionalInt.of(136), OptionalInt.empty(), "rwm")); // pts

  public DeviceRule {
    if (access.isEmpty() || !access.chars().allMatch(c -> "rwm".indexOf(c) >= 0)) {
      throw new IllegalArgumentException(
          "device access must be some of r, w and m, and is \"" + access + "\"");
    }
  }

  /** The same devices' numbers and access, for another kind. */
  DeviceRule(Kind kind, DeviceRule rule) {
    this(kind, rule.major, rule.minor, rule.access);
  }

  private static DeviceRule character(int major, int minor) {
    return new DeviceRule(Kind.CHARACTER, OptionalInt.of(major), OptionalInt.of(minor), "rwm");
  }

  boolean allowsAll() {
    return kind == Kind.ANY
        && major.isEmpty()
        && minor.isEmpty()
        && "rwm".chars().allMatch(c -> access.indexOf(c) >= 0);
  }

  /** As v1's {@code devices.allow} takes it: {@code c 136:* rwm}. */
  String legacy() {
    return kind.letter + " " + number(major) + ":" + number(minor) + " " + access;
  }

  private static String number(OptionalInt number) {
    return number.isPresent() ? Integer.toString(number.getAsInt()) : "*";
  }

  /** What sort of device node. */
  public enum Kind {
    ANY('a'),
    BLOCK('b'),
    CHARACTER('c');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }
  }
}
