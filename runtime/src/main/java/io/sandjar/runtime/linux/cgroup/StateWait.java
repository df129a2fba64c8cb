package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Waits, boundedly, for the kernel to reach a state that it tells by a file and not by an event.
 */
final class StateWait {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MAX_PAUSE_MICROS = 10_000;

  private StateWait() {}

  static void until(Condition reached, String tried) throws IOException {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    long pauseMicros = 50;
    while (!reached.holds()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException(tried + ": not reached in 10 s");
      }
      try {
        TimeUnit.MICROSECONDS.sleep(pauseMicros);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(tried + ": interrupted", e);
      }
      pauseMicros = Math.min(MAX_PAUSE_MICROS, pauseMicros * 2);
    }
  }

  /** A state that may be reached. */
  interface Condition {
    boolean holds() throws IOException;
  }
}
