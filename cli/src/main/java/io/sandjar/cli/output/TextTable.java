package io.sandjar.cli.output;

import java.util.List;

/** Rows of text in aligned columns, three spaces between them, as kubectl prints. */
public final class TextTable {
  private static final String GAP = "   ";

  private TextTable() {}

  /** The lines, each with a newline; no spaces at their ends. */
  public static String text(List<List<String>> rows) {
    if (rows.isEmpty()) {
      return "";
    }
    var widths = new int[rows.get(0).size()];
    for (var row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    var text = new StringBuilder();
    for (var row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i));
        if (i < row.size() - 1) {
          line.append(" ".repeat(widths[i] - width(row.get(i)))).append(GAP);
        }
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
