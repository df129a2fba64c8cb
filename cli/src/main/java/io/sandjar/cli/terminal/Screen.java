package io.sandjar.cli.terminal;

import java.util.Locale;
import java.util.OptionalInt;

/**
 * What output is laid out for: a person's screen, or a file or a program.
 *
 * @param width beyond which lines are cut; empty for never
 */
public record Screen(OptionalInt width, boolean colours) {
  public static final Screen PLAIN = new Screen(OptionalInt.empty(), false);

  private static final String GREEN = "\u001b[32m";
  private static final String YELLOW = "\u001b[33m";
  private static final String RED = "\u001b[31m";
  private static final String RESET = "\u001b[0m";

  /** A table's cell in the colour of how well things stand, where its column tells that. */
  public String painted(String column, String cell) {
    if (!colours || !column.equals("STATUS") && !column.equals("TYPE") && !column.equals("STATE")) {
      return cell;
    }
    var colour = colour(cell.toLowerCase(Locale.ROOT));
    return colour.isEmpty() ? cell : colour + cell + RESET;
  }

  private static String colour(String status) {
    if (status.contains("err")
        || status.contains("backoff")
        || status.contains("fail")
        || status.contains("oom")
        || status.contains("notready")
        || status.equals("evicted")) {
      return RED;
    }
    return switch (status) {
      case "running", "ready", "active" -> GREEN;
      case "warning", "pending", "terminating", "containercreating", "podinitializing", "unknown" ->
          YELLOW;
      default -> status.startsWith("init:") || status.contains("disabled") ? YELLOW : "";
    };
  }
}
