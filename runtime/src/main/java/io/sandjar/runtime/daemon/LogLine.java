package io.sandjar.runtime.daemon;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** One event, one line: {@code time=... level=info logger=cri.Rpcs msg="..." error="..."}. */
final class LogLine extends Formatter {
  private static final String OWN_PACKAGE = "io.sandjar.runtime.";
  private static final int MAX_FRAMES = 12;

  @Override
  public String format(LogRecord event) {
    var line = new StringBuilder(160);
    line.append("time=").append(time(event.getInstant()));
    line.append(" level=").append(level(event.getLevel()));
    line.append(" logger=").append(logger(event.getLoggerName()));
    line.append(" msg=").append(quoted(formatMessage(event)));
    var error = event.getThrown();
    if (error != null) {
      line.append(" error=").append(quoted(causes(error)));
      line.append(" stack=").append(quoted(frames(error)));
    }
    return line.append('\n').toString();
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  private static String level(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (value >= Level.WARNING.intValue()) {
      return "warning";
    }
    return value >= Level.INFO.intValue() ? "info" : "debug";
  }

  private static String logger(String name) {
    if (name == null || name.isEmpty()) {
      return "-";
    }
    return name.startsWith(OWN_PACKAGE) ? name.substring(OWN_PACKAGE.length()) : name;
  }

  private static String causes(Throwable error) {
    var text = new StringBuilder();
    for (var cause = error; cause != null; cause = cause.getCause()) {
      text.append(text.isEmpty() ? "" : "; caused by ").append(cause);
      for (var other : cause.getSuppressed()) {
        text.append("; besides ").append(other);
      }
    }
    return text.toString();
  }

  private static String frames(Throwable error) {
    var root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    var text = new StringBuilder();
    var stack = root.getStackTrace();
    for (int i = 0; i < Math.min(stack.length, MAX_FRAMES); i++) {
      text.append(i == 0 ? "" : " < ").append(stack[i]);
    }
    return text.toString();
  }

  /** Quoted, so that a message with a newline in it cannot fake a second event. */
  private static String quoted(String text) {
    var quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
