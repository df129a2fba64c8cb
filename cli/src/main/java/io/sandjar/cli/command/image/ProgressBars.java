package io.sandjar.cli.command.image;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** Shows a bar per layer: drawn over itself on a terminal, a line for each new stage elsewhere. */
public final class ProgressBars {
  private static final int WIDTH = 30;

  private record Bar(String stage, long done, long total) {}

  private final PrintStream out;
  private final boolean terminal;
  private final Map<String, Bar> bars = new LinkedHashMap<>();
  private int drawn;

  public ProgressBars(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  void advanced(Map<String, Object> event) {
    String blob = String.valueOf(event.get("blob")).replaceFirst("^sha256:", "");
    String id = blob.substring(0, Math.min(12, blob.length()));
    var bar =
        new Bar(
            String.valueOf(event.get("stage")),
            number(event.get("done")),
            number(event.get("total")));
    Bar before = bars.put(id, bar);
    if (terminal) {
      draw();
    } else if (before == null || !before.stage.equals(bar.stage)) {
      out.println(id + " " + words(bar.stage) + " " + Sizes.human(bar.total));
      out.flush();
    }
  }

  void end() {
    out.flush();
  }

  private void draw() {
    var text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    bars.forEach((id, bar) -> text.append("\u001b[2K").append(line(id, bar)).append('\n'));
    drawn = bars.size();
    out.print(text);
    out.flush();
  }

  private static String line(String id, Bar bar) {
    int filled = bar.total <= 0 ? 0 : (int) Math.min(WIDTH, WIDTH * bar.done / bar.total);
    boolean over = bar.stage.equals("DONE") || bar.stage.equals("EXISTS");
    if (over || bar.stage.equals("UNPACKING")) {
      filled = WIDTH;
    }
    return id
        + " ["
        + "=".repeat(filled)
        + " ".repeat(WIDTH - filled)
        + "] "
        + (bar.stage.equals("DOWNLOADING") ? Sizes.human(bar.done) + " of " : "")
        + Sizes.human(bar.total)
        + " "
        + words(bar.stage);
  }

  private static String words(String stage) {
    return switch (stage) {
      case "WAITING" -> "waiting";
      case "DOWNLOADING" -> "downloading";
      case "UNPACKING" -> "unpacking";
      case "DONE" -> "done";
      case "EXISTS" -> "already here";
      default -> stage.toLowerCase(java.util.Locale.ROOT);
    };
  }

  private static long number(Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }
}
