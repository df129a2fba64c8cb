package io.sandjar.netbridge.sysctl;

/**
 * A kernel setting that pod networking needs.
 *
 * @param before what it was
 * @param value what it is now
 * @param problem why it is not what it should be; empty if it is
 */
public record Sysctl(String name, String before, String value, String problem) {

  public boolean changed() {
    return !before.equals(value);
  }

  /** As {@code sysctl} prints it, with what it was if it was changed. */
  @Override
  public String toString() {
    return name
        + " = "
        + value
        + (changed() ? " (was " + before + ")" : "")
        + (problem.isEmpty() ? "" : " (" + problem + ")");
  }
}
