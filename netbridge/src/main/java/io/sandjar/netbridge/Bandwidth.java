package io.sandjar.netbridge;

/**
 * Limits of a pod's traffic in bits per second, zero for none.
 *
 * @param ingress what the pod receives
 * @param egress what the pod sends
 */
public record Bandwidth(long ingress, long egress) {
  public static final Bandwidth UNLIMITED = new Bandwidth(0, 0);

  public Bandwidth {
    if (ingress < 0 || egress < 0) {
      throw new IllegalArgumentException("a bandwidth limit cannot be negative");
    }
  }

  public boolean limited() {
    return ingress > 0 || egress > 0;
  }
}
