package io.sandjar.runtime.cri;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** CRI's times: nanoseconds since the epoch. */
final class Times {

  private Times() {}

  static long nanos(Instant time) {
    return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
  }

  static long now() {
    return nanos(Instant.now());
  }
}
