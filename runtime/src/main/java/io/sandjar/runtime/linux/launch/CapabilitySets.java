package io.sandjar.runtime.linux.launch;

/**
 * A process's capabilities, each set as a mask with bit N for the capability with number N.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>
 */
public record CapabilitySets(
    long bounding, long effective, long permitted, long inheritable, long ambient) {

  /** Nothing at all. */
  public static final CapabilitySets NONE = new CapabilitySets(0, 0, 0, 0, 0);

  public CapabilitySets {
    if ((ambient & ~(permitted & bounding)) != 0) {
      throw new IllegalArgumentException("ambient capabilities must be permitted, too");
    }
    // The kernel takes an ambient capability only if it is inheritable, and nothing else needs one.
    inheritable |= ambient;
  }

  /**
   * As a container has them: what is in the set may be used by root, and by another user only as
   * far as it is ambient.
   */
  public static CapabilitySets container(long set, long ambient) {
    return new CapabilitySets(set, set, set, ambient, ambient);
  }
}
