package io.sandjar.runtime.container;

import java.util.concurrent.ConcurrentHashMap;

/** Turns CPU time, as the kernel counts it, into the rate since the last time that it was asked. */
public final class CpuRates {
  /** Over less than this a rate says little, so the last one stands. */
  private static final long SHORTEST_NANOS = 100_000_000L;

  private static final double NANOS_PER_SECOND = 1e9;

  private final ConcurrentHashMap<String, Sample> last = new ConcurrentHashMap<>();

  private record Sample(long atNanos, long usageNanos, long rate) {}

  /**
   * The rate in nano-cores: a thousand million of them are one CPU.
   *
   * @param key whose it is
   * @param atNanos now, by a clock that nobody sets
   * @param usageNanos CPU time used until then
   */
  public long rate(String key, long atNanos, long usageNanos) {
    return last.compute(key, (same, before) -> next(before, atNanos, usageNanos)).rate();
  }

  public void forget(String key) {
    last.remove(key);
  }

  private static Sample next(Sample before, long atNanos, long usageNanos) {
    if (before == null || usageNanos < before.usageNanos()) {
      return new Sample(atNanos, usageNanos, 0);
    }
    long passed = atNanos - before.atNanos();
    if (passed < SHORTEST_NANOS) {
      return before;
    }
    double used = usageNanos - before.usageNanos();
    return new Sample(atNanos, usageNanos, Math.round(used / passed * NANOS_PER_SECOND));
  }
}
