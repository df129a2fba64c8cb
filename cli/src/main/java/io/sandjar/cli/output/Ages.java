package io.sandjar.cli.output;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * How long ago something was, in kubectl's short form: {@code 42s}, {@code 5m30s}, {@code 3d4h}.
 */
public final class Ages {

  private Ages() {}

  /**
   * @param timestamp RFC 3339, or null
   */
  public static String since(Object timestamp) {
    try {
      return timestamp == null
          ? "<unknown>"
          : of(Duration.between(Instant.parse(timestamp.toString()), Instant.now()).toSeconds());
    } catch (DateTimeParseException e) {
      return "<unknown>";
    }
  }

  static String of(long seconds) {
    long minutes = seconds / 60;
    long hours = minutes / 60;
    long days = hours / 24;
    if (seconds < 0) {
      return seconds < -1 ? "<invalid>" : "0s";
    }
    if (minutes < 2) {
      return seconds + "s";
    }
    if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    }
    if (hours < 3) {
      return minutes + "m";
    }
    if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    }
    if (hours < 48) {
      return hours + "h";
    }
    if (days < 8) {
      return two(days, "d", hours % 24, "h");
    }
    if (days < 2 * 365) {
      return days + "d";
    }
    return days < 8 * 365 ? two(days / 365, "y", days % 365, "d") : days / 365 + "y";
  }

  private static String two(long large, String largeUnit, long small, String smallUnit) {
    return large + largeUnit + (small == 0 ? "" : small + smallUnit);
  }
}
