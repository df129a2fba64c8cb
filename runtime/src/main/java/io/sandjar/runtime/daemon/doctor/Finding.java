package io.sandjar.runtime.daemon.doctor;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a check found.
 *
 * @param area what was looked at, one word
 * @param message what is there, or what is wrong with it
 * @param remedy how to mend it; empty where nothing is wrong
 */
public record Finding(String area, Level level, String message, String remedy) {

  /** How bad it is. */
  public enum Level {
    OK,
    /** Pods run, and something is missing or slow. */
    WARNING,
    /** Pods cannot run. */
    FAILURE
  }

  /** A problem that nobody is told how to mend is no finding. */
  public Finding {
    if ((level == Level.OK) != remedy.isBlank()) {
      throw new IllegalArgumentException(level + " \"" + message + "\" with remedy: " + remedy);
    }
  }

  static Finding ok(String area, String message) {
    return new Finding(area, Level.OK, message, "");
  }

  static Finding warning(String area, String message, String remedy) {
    return new Finding(area, Level.WARNING, message, remedy);
  }

  static Finding failure(String area, String message, String remedy) {
    return new Finding(area, Level.FAILURE, message, remedy);
  }

  Map<String, Object> toTree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("area", area);
    tree.put("level", level.name().toLowerCase(Locale.ROOT));
    tree.put("message", message);
    tree.put("remedy", remedy);
    return tree;
  }

  /** For people who have only a terminal. */
  String line() {
    String text = "%-8s %-9s %s".formatted(level.name().toLowerCase(Locale.ROOT), area, message);
    return remedy.isEmpty() ? text : text + "\n" + " ".repeat(19) + "-> " + remedy;
  }
}
