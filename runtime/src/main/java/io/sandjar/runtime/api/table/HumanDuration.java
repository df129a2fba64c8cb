package io.sandjar.runtime.api.table;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** A time span as kubectl's AGE column shows it: {@code 42s}, {@code 5m30s}, {@code 3d4h}. */
public final class HumanDuration {

  private HumanDuration() {}

  /** The time since a timestamp of an object, or {@code <unknown>}. */
  public static String since(Optional<String> timestamp, Instant now) {
    try {
      return timestamp
          .map(Instant::parse)
          .map(then -> of(Duration.between(then, now)))
          .orElse("<unknown>");
    } catch (DateTimeParseException e) {
      return "<unknown>";
    }
  }

  /** Two units while the first is small, else one. */
  public static String of(Duration span) {
    long seconds = span.toSeconds();
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    long minutes = seconds / 60;
    long hours = minutes / 60;
    long days = hours / 24;
    if (seconds < 120) {
      return seconds + "s";
    }
    if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    }
    if (minutes < 180) {
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
