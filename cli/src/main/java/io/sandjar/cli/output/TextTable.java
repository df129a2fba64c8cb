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
    for (int i = 0; i < row.size(); i++) {
      // One line of the screen for one row: a message with newlines shows its first.
      var cell = i == row.size() - 1 ? row.get(i) : row.get(i).replace('\n', ' ');
      if (cell.isEmpty()) {
        spaces += widths[i];
        continue;
      }
      left -= spaces;
      var shown = fitted(cell, left);
      if (shown.isEmpty()) {
        break;
      }
      line.append(" ".repeat(spaces));
      line.append(painted && shown.equals(cell) ? screen.painted(columns.get(i), cell) : shown);
      left -= width(shown);
      spaces = widths[i] - width(cell);
    }
    return line.toString().stripTrailing();
  }

  private static String fitted(String cell, int left) {
    if (left <= 0) {
      return "";
    }
    return width(cell) <= left
        ? cell
        : cell.substring(0, cell.offsetByCodePoints(0, left - 1)) + CUT;
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
