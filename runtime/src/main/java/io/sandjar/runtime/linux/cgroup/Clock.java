package io.sandjar.runtime.linux.cgroup;

import java.time.Instant;

/** Wall-clock time as the CRI counts it. */
final class Clock {
  private Clock() {}

  static long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
