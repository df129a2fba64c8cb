package io.sandjar.runtime.linux.launch;

import java.time.Duration;

/**
 * How long a launch waits.
 *
 * @param step for the next message of a program, whatever it waits for
 * @param end for the end of a process that was killed
 */
record LaunchBounds(Duration step, Duration end) {
  private static final Duration MOST_FOR_AN_END = Duration.ofSeconds(30);

  static LaunchBounds of(Duration step) {
    return new LaunchBounds(step, step.compareTo(MOST_FOR_AN_END) < 0 ? step : MOST_FOR_AN_END);
  }
}
