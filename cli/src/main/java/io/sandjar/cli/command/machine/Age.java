package io.sandjar.cli.command.machine;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * How long ago something was, as kubectl's tables say it: {@code 45s}, {@code 3m20s}, {@code 5d}.
 */
final class Age {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Age() {}

  /** Of the time at that key; {@code <none>} where it is missing. */
  static String of(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof String time
        ? since(Duration.between(Instant.parse(time), Instant.now()).toSeconds())
        : "<none>";
  }

  static String since(long seconds) {
    if (seconds < 2 * MINUTE) {
      return Math.max(0, seconds) + "s";
    }
    if (seconds < 10 * MINUTE) {
      return two(seconds, MINUTE, "m", 1, "s");
    }
    if (seconds < 3 * HOUR) {
      return seconds / MINUTE + "m";
    }
    if (seconds < 8 * HOUR) {
      return two(seconds, HOUR, "h", MINUTE, "m");
    }
    if (seconds < 2 * DAY) {
      return seconds / HOUR + "h";
    }
    return seconds < 8 * DAY ? two(seconds, DAY, "d", HOUR, "h") : seconds / DAY + "d";
  }

  private static String two(long seconds, long large, String name, long small, String smallName) {
    long rest = seconds % large / small;
    return seconds / large + name + (rest == 0 ? "" : rest + smallName);
  }
}
