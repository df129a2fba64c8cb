package io.sandjar.netbridge;

import java.util.List;

/**
 * Whether pods can be attached now, and if not why.
 *
 * @param reason one CamelCase word for programs, empty when ready
 * @param message a sentence for people, empty when ready
 * @param warnings what works but should be looked at
 */
public record NetworkStatus(
    boolean ready,
    String provider,
    String reason,
    String message,
    List<Cidr> podCidrs,
    List<String> warnings) {

  public NetworkStatus {
    podCidrs = List.copyOf(podCidrs);
    warnings = List.copyOf(warnings);
  }
}
