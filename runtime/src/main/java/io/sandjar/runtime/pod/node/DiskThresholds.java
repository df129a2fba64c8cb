package io.sandjar.runtime.pod.node;

/**
 * How full a disk may become.
 *
 * @param highPercent at which unused things are removed; 100 for never
 * @param lowPercent until which they are
 */
public record DiskThresholds(int highPercent, int lowPercent) {

  public DiskThresholds {
    if (lowPercent < 0 || highPercent > 100 || lowPercent >= highPercent) {
      throw new IllegalArgumentException(
          "the disk is cleared from " + highPercent + "% down to " + lowPercent + "%?");
    }
  }

  boolean isNever() {
    return highPercent == 100;
  }
}
