package io.sandjar.cli.output;

import io.sandjar.cli.CommandException;
import java.util.regex.Pattern;

/** Spans of time as people write them on a command line: {@code 10s}, {@code 1h30m}, {@code 2d}. */
public final class Durations {
  private static final Pattern PART = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

  private Durations() {}

  /**
   * Rounded up to whole seconds.
   *
   * @param option for the message where it is none
   */
  public static long seconds(String option, String text) {
    var part = PART.matcher(text);
    long millis = 0;
    int end = 0;
    while (part.find() && part.start() == end) {
      end = part.end();
      long unit =
          switch (part.group(2)) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            default -> 86_400_000;
          };
      millis += Long.parseLong(part.group(1)) * unit;
    }
    if (text.matches("0+")) {
      return 0;
    }
    if (end == 0 || end < text.length()) {
      throw new CommandException(option + " must be a time such as 10s, 5m or 1h30m, not " + text);
    }
    return (millis + 999) / 1000;
  }
}
