package io.sandjar.cli.output;

import io.sandjar.cli.terminal.Screen;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of text in aligned columns, three spaces between them, as kubectl prints. Columns keep their
 * widths from one text to the next, so that the lines of a watch stay aligned.
 */
public final class TextTable {
  private static final int GAP = 3;
  private static final int NARROWEST = 6;
  private static final String CUT = "…";

  private final Screen screen;
  private int[] widths = {};
  private List<String> columns = List.of();

  public TextTable(Screen screen) {
    this.screen = screen;
  }

  /** A table for files and programs, the first row of which is the header. */
  public static String text(List<List<String>> rows) {
    return new TextTable(Screen.PLAIN).text(rows, true);
  }

  /**
   * The lines, each with a newline; no spaces at their ends.
   *
   * @param rows the first of which is the header
   * @param header whether the header is printed
   */
  public String text(List<List<String>> rows, boolean header) {
    if (rows.isEmpty()) {
      return "";
    }
    columns = rows.get(0);
    widths = Arrays.copyOf(widths, columns.size());
    for (var row : header ? rows : rows.subList(1, rows.size())) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], Math.max(NARROWEST, width(row.get(i)) + GAP));
      }
    }
    var text = new StringBuilder();
    for (int i = header ? 0 : 1; i < rows.size(); i++) {
      text.append(line(rows.get(i), i > 0)).append('\n');
    }
    return text.toString();
  }

  private String line(List<String> row, boolean painted) {
    var line = new StringBuilder();
    int left = screen.width().orElse(Integer.MAX_VALUE);
    int spaces = 0;
    int end = row.size();
    while (end > 0 && row.get(end - 1).isEmpty()) {
      end--;
    }
    for (int i = 0; i < end; i++) {
      // One line of the screen for one row: a message with newlines shows its first.
      var cell = i == row.size() - 1 ? row.get(i) : row.get(i).replace('\n', ' ');
      int room = left - spaces;
      // What is followed by another leaves room for telling so.
      if (width(cell) > (i == end - 1 ? room : room - 1)) {
        return line.append(" ".repeat(room > 0 ? spaces : 0)).append(cut(cell, room)).toString();
      }
      line.append(" ".repeat(spaces));
      line.append(painted ? screen.painted(columns.get(i), cell) : cell);
      left = room - width(cell);
      spaces = widths[i] - width(cell);
    }
    return line.toString().stripTrailing();
  }

  private static String cut(String cell, int room) {
    int kept = Math.min(Math.max(0, room - 1), width(cell));
    return cell.substring(0, cell.offsetByCodePoints(0, kept)) + CUT;
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
