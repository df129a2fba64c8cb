package io.sandjar.runtime.pod.probe;

import java.time.Duration;

/**
 * A probe of a container: what is asked, when, and how many answers count.
 *
 * @param initialDelay since the container's start
 * @param timeout of one check
 * @param period from check to check
 * @param successThreshold so many successes in a row, after a failure, are a success
 * @param failureThreshold so many failures in a row, after a success, are a failure
 */
public record ProbeSpec(
    ProbeCheck check,
    Duration initialDelay,
    Duration timeout,
    Duration period,
    int successThreshold,
    int failureThreshold) {

  public ProbeSpec {
    if (timeout.isNegative() || timeout.isZero() || period.isNegative() || period.isZero()) {
      throw new IllegalArgumentException("a probe's timeout and period must be positive");
    }
    if (successThreshold < 1 || failureThreshold < 1) {
      throw new IllegalArgumentException("a probe's thresholds must be 1 or more");
    }
  }
}
