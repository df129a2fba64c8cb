package io.sandjar.netbridge.cni;

import java.util.List;

/** A version of the CNI specification, and what the specification has had since when. */
public record CniVersion(int major, int minor, int patch) implements Comparable<CniVersion> {

  /** The versions whose configurations and results this package speaks, oldest first. */
  public static final List<CniVersion> SUPPORTED =
      List.of(
          new CniVersion(0, 3, 0),
          new CniVersion(0, 3, 1),
          new CniVersion(0, 4, 0),
          new CniVersion(1, 0, 0),
          new CniVersion(1, 1, 0));

  private static final CniVersion WITH_CHECK = new CniVersion(0, 4, 0);
  private static final CniVersion WITH_STATUS = new CniVersion(1, 1, 0);

  /** Reads {@code 1.0.0}. */
  public static CniVersion parse(String text) {
    String[] parts = text.split("\\.", -1);
    try {
      if (parts.length == 3) {
        return new CniVersion(
            Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(notAVersion(text), e);
    }
    throw new IllegalArgumentException(notAVersion(text));
  }

  private static String notAVersion(String text) {
    return "cniVersion \"" + text + "\" is not a version like 1.0.0";
  }

  public boolean isSupported() {
    return SUPPORTED.contains(this);
  }

  /** CHECK, and the earlier result in a DEL's input, came with 0.4.0. */
  public boolean hasCheck() {
    return compareTo(WITH_CHECK) >= 0;
  }

  /** GC and STATUS came with 1.1.0. */
  public boolean hasGcAndStatus() {
    return compareTo(WITH_STATUS) >= 0;
  }

  @Override
  public int compareTo(CniVersion other) {
    int byMajor = Integer.compare(major, other.major);
    int byMinor = byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
    return byMinor != 0 ? byMinor : Integer.compare(patch, other.patch);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
